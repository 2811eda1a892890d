import type { Client, ClientChannel } from 'ssh2';
import { Failure } from '../../errors.js';
import type { Finished } from '../../ports/shell.js';
import { BoundedOutput } from '../bounded-output.js';
import { exitCodeOf } from '../exit-code.js';

/** The command was certainly not begun, so it may be sent again. */
export class NotBegun extends Error {
  override readonly name = 'NotBegun';
}

export interface Command {
  readonly line: string;
  readonly input: string;
  readonly outputLimit: number;
  /** The machine in words. */
  readonly on: string;
}

/** Runs one command on an open connection. Rejects with `NotBegun` where that is certain. */
export function runCommand(client: Client, command: Command, signal: AbortSignal): Promise<Finished> {
  return new Promise((resolve, reject) => {
    let channel: ClientChannel | undefined;
    const abort = () => {
      signal.removeEventListener('abort', abort);
      end(channel);
      reject(signal.reason);
    };
    signal.addEventListener('abort', abort, { once: true });
    const settle = (finish: () => void) => {
      signal.removeEventListener('abort', abort);
      finish();
    };
    try {
      client.exec(command.line, (error, opened) => {
        if (error)
          return settle(() => reject(isBeforeSending(error) ? new NotBegun(error.message) : lost(command, error)));
        channel = opened;
        if (signal.aborted) return end(opened);
        exchange(opened, command).then(
          (finished) => settle(() => resolve(finished)),
          (failure: unknown) => settle(() => reject(failure)),
        );
      });
    } catch (error) {
      // The connection had ended before.
      settle(() => reject(new NotBegun((error as Error).message)));
    }
  });
}

/**
 * ssh2 sends the command only in a session that the server has opened, so every trouble with opening it says that
 * nothing was begun. `Unable to exec` says nothing: it also stands for contact lost before the server's answer.
 */
const isBeforeSending = (error: Error): boolean => error.message !== 'Unable to exec';

function exchange(channel: ClientChannel, { input, outputLimit, on }: Command): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const output = new BoundedOutput(outputLimit);
    let exitCode: number | undefined;
    const keep = (stream: 'stdout' | 'stderr') => (chunk: Buffer) => {
      if (output.add(stream, chunk)) return;
      end(channel);
      reject(new Failure('unknown', `a command on ${on} printed too much`));
    };
    channel.on('data', keep('stdout'));
    channel.stderr.on('data', keep('stderr'));
    channel.on('exit', (code: number | null, signal?: string) => {
      exitCode = exitCodeOf(code, signal);
    });
    channel.on('close', () => {
      if (exitCode === undefined) reject(lost({ on }));
      else resolve({ exitCode, ...output.text() });
    });
    // A program may end without having read everything.
    channel.on('error', () => {});
    channel.end(input);
  });
}

function lost({ on }: Pick<Command, 'on'>, cause?: unknown): Failure {
  return new Failure('unknown', `contact with ${on} was lost while a command ran there`, { cause });
}

/** Closing the channel alone leaves a program running that neither reads nor writes. */
function end(channel: ClientChannel | undefined): void {
  channel?.signal('TERM');
  channel?.close();
}
