import type { Command } from './command.js';

/** Commands that nobody types: help does not list them and nothing suggests them. */
export const hiddenCommands: Readonly<Record<string, () => Promise<Command>>> = {
  __next: async () => (await import('./next.js')).next,
  __candidates: async () => (await import('./completion/answer.js')).candidatesFor,
};
