import { type ChildProcess, spawn } from 'node:child_process';
import { Failure } from '../errors.js';
import type { Bootstrap, Finished, Shell } from '../ports/shell.js';
import { answered } from './answered.js';
import { bootstrapWords, type Privileges } from './bootstrap-command.js';
import { BoundedOutput, outputLimit } from './bounded-output.js';
import { exitCodeOf } from './exit-code.js';

export interface LocalShellOptions extends Privileges {
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly outputLimit?: number;
}

/** The machine that octo-ha itself runs on. */
export function localShell(options: LocalShellOptions = {}): Shell {
  return {
    name: 'this machine',
    async run(bootstrap, document, signal, answerWithin) {
      signal.throwIfAborted();
      const run = (limit: AbortSignal) => runHere(bootstrap, document, options, limit);
      return await answered('this machine', answerWithin, run, signal);
    },
    async [Symbol.asyncDispose]() {},
  };
}

function runHere(
  bootstrap: Bootstrap,
  document: string,
  options: LocalShellOptions,
  signal: AbortSignal,
): Promise<Finished> {
  const [program = '', ...args] = bootstrapWords(bootstrap, options);
  return new Promise((resolve, reject) => {
    const output = new BoundedOutput(options.outputLimit ?? outputLimit);
    // A group of its own: Ctrl-C at the terminal ends octo-ha in good order, and not the effect in hand.
    const child = spawn(program, args, {
      env: { ...process.env, ...options.environment },
      detached: process.platform !== 'win32',
      windowsHide: true,
    });
    const abort = () => giveUp(signal.reason);
    signal.addEventListener('abort', abort, { once: true });

    function giveUp(reason: unknown): void {
      signal.removeEventListener('abort', abort);
      end(child);
      reject(reason);
    }

    function keep(stream: 'stdout' | 'stderr', chunk: Buffer): void {
      if (!output.add(stream, chunk)) giveUp(new Failure('unknown', 'a command on this machine printed too much'));
    }

    child.stdout.on('data', (chunk: Buffer) => keep('stdout', chunk));
    child.stderr.on('data', (chunk: Buffer) => keep('stderr', chunk));
    child.once('error', (cause) => {
      giveUp(new Failure('unreachable', `cannot start ${program} on this machine: ${cause.message}`, { cause }));
    });
    child.once('close', (code, ended) => {
      signal.removeEventListener('abort', abort);
      resolve({ exitCode: exitCodeOf(code, ended), ...output.text() });
    });
    // A program may end without having read everything.
    child.stdin.on('error', () => {});
    child.stdin.end(document);
  });
}

/** Ends it and what it has started; on Windows only itself. */
function end({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}
