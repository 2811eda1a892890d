import { createInterface } from 'node:readline/promises';
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

  async function ask(question: string, signal: AbortSignal): Promise<string> {
    if (!interactive) throw new Failure('refused', `${question} Nobody can be asked here.`);
    const lines = createInterface({ input: stdin, output: stderr });
    try {
      const interrupt = new Promise<never>((_, reject) => {
        lines.on('SIGINT', () => reject(new Failure('interrupted', 'interrupted; nothing was changed')));
        lines.on('close', () => reject(new Failure('refused', 'the question was not answered; nothing was changed')));
      });
      return await Promise.race([lines.question(`${question} `, { signal }), interrupt]);
    } finally {
      lines.close();
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
    ask,
    confirm: async (question, signal) => /^y(es)?$/i.test((await ask(`${question} (y/N)`, signal)).trim()),
  };
}

/** https://no-color.org: NO_COLOR wins over FORCE_COLOR, and both over what the stream is. */
function wantsColor(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): boolean {
  if ((env['NO_COLOR'] ?? '') !== '') return false;
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return stream.isTTY === true && env['TERM'] !== 'dumb';
}
