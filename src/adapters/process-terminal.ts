import { Chalk } from 'chalk';
import { Failure } from '../errors.js';
import type { Paint, Terminal } from '../ports/terminal.js';
import type { Spinner } from './spinner.js';

export interface TerminalOptions {
  readonly color: boolean;
  readonly input: boolean;
  readonly quiet: boolean;
  readonly pager: boolean;
  readonly absoluteTimes: boolean;
}

/** Milliseconds after which a person wants to see that something goes on. */
const patience = 1_000;

/** The terminal, or whatever else stands on the three streams of this process. */
export function processTerminal({ color, input, quiet, pager, absoluteTimes }: TerminalOptions): Terminal {
  const { stdin, stdout, stderr, env } = process;
  const paint = (stream: NodeJS.WriteStream): Paint => {
    const chalk = new Chalk({ level: color && wantsColor(stream, env) ? 1 : 0 });
    const { bold, dim, red, green, yellow, cyan } = chalk;
    const columns = stream.isTTY === true ? stream.columns : undefined;
    return { bold, dim, red, green, yellow, cyan, columns, absoluteTimes };
  };
  const interactive = input && stdin.isTTY === true && stderr.isTTY === true;
  const movable = stderr.isTTY === true && env['TERM'] !== 'dumb' && !quiet;
  let spinner: Spinner | undefined;
  /** Somebody else writes to the terminal. */
  let taken = false;

  const take = () => {
    taken = true;
    spinner?.pause();
  };
  const giveBack = () => {
    taken = false;
    spinner?.goOn();
  };

  function write(stream: NodeJS.WriteStream, text: string): void {
    spinner?.hide();
    stream.write(`${text}\n`);
  }

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
    const prompts = await import('@inquirer/prompts');
    take();
    try {
      return await prompt(prompts, { output: stderr, signal });
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof Error) || error.name !== 'ExitPromptError') throw error;
      throw new Failure('interrupted', 'interrupted; nothing was changed');
    } finally {
      giveBack();
    }
  }

  const result = (text: string) => write(stdout, text);
  return {
    interactive,
    out: paint(stdout),
    err: paint(stderr),
    result,
    async page(text) {
      const fits = text.split('\n').length < (stdout.rows ?? Number.POSITIVE_INFINITY);
      if (!pager || fits || stdout.isTTY !== true || stdin.isTTY !== true || env['TERM'] === 'dumb') {
        return result(text);
      }
      take();
      const { inPager } = await import('./pager.js');
      if (!(await inPager(text, env))) result(text);
      giveBack();
    },
    say: (text) => void (quiet || write(stderr, text)),
    warn: (text) => write(stderr, text),
    busy(what) {
      if (!movable) return { [Symbol.dispose]: () => {} };
      const since = Date.now();
      let over = false;
      const timer = setTimeout(async () => {
        const { spin } = await import('./spinner.js');
        if (over) return;
        spinner = spin(stderr, what, { since, paused: taken });
      }, patience);
      timer.unref();
      return {
        [Symbol.dispose]() {
          over = true;
          clearTimeout(timer);
          spinner?.stop();
          spinner = undefined;
        },
      };
    },
    async fullScreen() {
      if (stdout.isTTY !== true || env['TERM'] === 'dumb') return undefined;
      take();
      return (await import('./full-screen.js')).fullScreen(stdout);
    },
    ask: (message, signal) => asking(message, signal, ({ input: text }, context) => text({ message }, context)),
    choose: (message, choices, signal) =>
      asking(message, signal, ({ select }, context) => select({ message, choices: [...choices] }, context)),
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
