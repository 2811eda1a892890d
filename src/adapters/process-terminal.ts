import { Failure } from '../errors.js';
import type { Terminal } from '../ports/terminal.js';
import type { Spinner } from './spinner.js';
import { type OutputOptions, terminalOutput } from './terminal-output.js';

export interface TerminalOptions extends OutputOptions {
  readonly input: boolean;
  readonly quiet: boolean;
}

/** Milliseconds after which a person wants to see that something goes on. */
const patience = 1_000;

/** The terminal, or whatever else stands on the three streams of this process. */
export function processTerminal({ color, input, quiet, pager, absoluteTimes }: TerminalOptions): Terminal {
  const { stdin, stdout, stderr, env } = process;
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

  const output = terminalOutput({ color, pager, absoluteTimes }, { hide: () => spinner?.hide(), take, giveBack });

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

  return {
    ...output,
    interactive,
    say: (text) => void (quiet || output.warn(text)),
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
    secret: (message, signal) =>
      asking(message, signal, ({ password }, context) => password({ message, toggleMask: false }, context)),
    confirm: (message, signal) =>
      asking(message, signal, ({ confirm }, context) => confirm({ message, default: false }, context)),
  };
}
