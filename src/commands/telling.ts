import type { Telling } from '../operations/drain-walk.js';
import type { Terminal } from '../ports/terminal.js';
import { progressText } from '../render/drain-text.js';

/** Tells each step and each change while an operation goes on. */
export const telling = (subject: string, terminal: Terminal): Telling => ({
  step: (why) => terminal.say(`${subject}: ${why}`),
  progress: (progress) => terminal.say(`${subject}: ${progressText(progress)}`),
});
