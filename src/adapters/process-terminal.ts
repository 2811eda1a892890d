import { Chalk, type ChalkInstance } from 'chalk';
import { Failure } from '../errors.js';
import type { Paint, Terminal } from '../ports/terminal.js';

export interface TerminalOptions {
  readonly color: boolean;
  readonly input: boolean;
  readonly quiet: boolean;
}

/** The terminal, or whatever else stands on the three streams of this process. */
export function processTerminal({ color, input, quiet }: TerminalOptions): Terminal {
  const { stdin, stdout, stderr, env } = process;
  const paint = (stream: NodeJS.WriteStream): Paint =>
    new Chalk({ level: color && wantsColor(stream, env) ? 1 : 0 }) satisfies ChalkInstance;
  const interactive = input && stdin.isTTY === true && stderr.isTTY === true;

  /** Questions go to stderr, so that stdout holds results only. */
  async function asking<T>(
    question: string,
    signal: AbortSignal,
    prompt: (
      prompts: typeof import('@inquirer/prompts'),
      context: { output: NodeJS.WriteStream; signal: AbortSignal },
    ) => Promise<T>,
  ): Promise<T> {
    if (!interactive) throw new Failure('refused', `${question} Nobody can be asked here`);
    try {
      return await prompt(await import('@inquirer/prompts'), { output: stderr, signal });
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof Error) || error.name !== 'ExitPromptError') throw error;
      throw new Failure('interrupted', 'interrupted; nothing was changed');
    }
  }

  return {
    interactive,
    width: stdout.columns ?? 80,
    out: paint(stdout),
    err: paint(stderr),
    result: (text) => void stdout.write(`${text}\n`),
    say: (text) => void (quiet || stderr.write(`${text}\n`)),
    warn: (text) => void stderr.write(`${text}\n`),
    ask: (message, signal) => asking(message, signal, ({ input: text }, context) => text({ message }, context)),
    secret: (message, signal) => asking(message, signal, ({ password }, context) => password({ message }, context)),
    confirm: (message, signal) =>
      asking(message, signal, ({ confirm }, context) => confirm({ message, default: false }, context)),
  };
}

/** https://no-color.org: NO_COLOR wins over FORCE_COLOR, and both over what the stream is. */
function wantsColor(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): boolean {
  if ((env['NO_COLOR'] ?? '') !== '') return false;
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return stream.isTTY === true && env['TERM'] !== 'dumb';
}
