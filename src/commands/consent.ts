import { Failure } from '../errors.js';
import type { Context } from './context.js';

/** `moderate` is answered by yes or no, `severe` wants the name of the node typed. */
export type Level = 'moderate' | 'severe';

/**
 * Asks the person before a change. Where nobody can be asked it refuses and names the flag that consents; it never
 * answers by itself.
 */
export async function askConsent(
  level: Level,
  question: string,
  name: string,
  { globals, terminal, signal }: Pick<Context, 'globals' | 'terminal' | 'signal'>,
): Promise<void> {
  if (level === 'moderate' ? globals.yes : globals.confirm === name) return;
  const flag = level === 'moderate' ? '--yes' : `--confirm ${name}`;
  if (level === 'severe' && globals.confirm !== undefined) {
    throw new Failure('refused', `--confirm names ${globals.confirm}, and the change is of ${name}`);
  }
  if (!terminal.interactive) {
    throw new Failure('refused', `${question} This needs consent, and nobody can be asked here`, {
      hint: `To consent, add: ${flag}`,
    });
  }
  const consented =
    level === 'moderate'
      ? await terminal.confirm(question, signal)
      : (await terminal.ask(`${question} Type ${name} to go on:`, signal)).trim() === name;
  if (!consented) throw new Failure('refused', 'not confirmed; nothing was changed');
}
