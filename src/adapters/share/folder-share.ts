import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { namesIn } from '../../cluster/share-path.js';
import { Failure } from '../../errors.js';
import type { Clock } from '../../ports/clock.js';
import { type Share, type ShareEntry, ShareFailure } from '../../ports/share.js';
import type { FolderAnswer, FolderCall } from './folder-work.js';
import { patience } from './patience.js';
import { type Attempt, shareFailure } from './trouble-words.js';

export interface FolderShareOptions {
  /** The file of `folder-process`. */
  readonly program: string;
  readonly clock: Clock;
  /** Milliseconds that any call may take, other than usual. */
  readonly timeout?: number | undefined;
}

/**
 * A folder that the system itself reaches: mounted, or on Windows a UNC path or a drive. Calls are made by processes of
 * their own, see there; one that does not answer is ended and left behind.
 */
export function folderShare(path: string, { program, clock, timeout }: FolderShareOptions): Share {
  const idle: ChildProcess[] = [];
  const at = (relative: string): string => {
    const names = namesIn(relative);
    if (names === undefined) throw new Failure('usage', `${JSON.stringify(relative)} is no path of a file or folder`);
    return join(path, ...names);
  };

  async function ask<T>(
    what: Pick<Attempt, 'doing' | 'path' | 'to'>,
    call: FolderCall,
    signal: AbortSignal,
    longest: number = patience.quick,
  ): Promise<T> {
    const attempt: Attempt = { share: path, ...what };
    using limited = clock.within(timeout ?? longest, signal);
    const child = idle.pop() ?? start(program);
    let answer: FolderAnswer;
    try {
      answer = await answered(child, call, limited);
    } catch (error) {
      leave(child);
      if (limited.aborted && !signal.aborted) throw shareFailure('no-answer', { ...attempt, cause: error });
      throw error;
    }
    rest(child);
    idle.push(child);
    if ('trouble' in answer) throw shareFailure(answer.trouble, { ...attempt, code: answer.code });
    return answer.answer as T;
  }

  return {
    name: path,
    session: 'kept',
    list: async (folder, beginning, signal) =>
      await ask<readonly ShareEntry[]>(
        { doing: 'list', path: folder },
        { call: 'list', path: at(folder), beginning },
        signal,
      ),
    makeFolder: async (folder, signal) =>
      await ask({ doing: 'make the folder', path: folder }, { call: 'makeFolder', path: at(folder) }, signal),
    write: async (file, bytes, signal) =>
      await ask({ doing: 'write', path: file }, { call: 'write', path: at(file), bytes }, signal, patience.data),
    read: async (file, signal) =>
      await ask<Uint8Array>({ doing: 'read', path: file }, { call: 'read', path: at(file) }, signal, patience.data),
    rename: async (from, to, signal) =>
      await ask({ doing: 'rename', path: from, to }, { call: 'rename', path: at(from), to: at(to) }, signal),
    remove: async (file, signal) =>
      await ask({ doing: 'remove', path: file }, { call: 'remove', path: at(file) }, signal),
    removeFolder: async (folder, signal) =>
      await ask({ doing: 'remove the folder', path: folder }, { call: 'removeFolder', path: at(folder) }, signal),
    freeSpace: async (signal) => await ask({ doing: 'ask for the free space of' }, { call: 'freeSpace', path }, signal),
    async [Symbol.asyncDispose]() {
      for (const child of idle.splice(0)) leave(child);
    },
  };
}

/** In a group of its own: Ctrl-C at the terminal ends octo-ha in good order, and not the call in hand. */
const start = (program: string): ChildProcess =>
  fork(program, {
    serialization: 'advanced',
    execArgv: [],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    detached: process.platform !== 'win32',
  });

/** Keeps octo-ha running until it has answered or ended, or the signal aborts. */
function answered(child: ChildProcess, call: FolderCall, signal: AbortSignal): Promise<FolderAnswer> {
  child.ref();
  child.channel?.ref();
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      signal.removeEventListener('abort', abort);
      child.off('message', answer).off('error', fail).off('exit', end);
      act();
    };
    const abort = () => settle(() => reject(signal.reason));
    const answer = (message: FolderAnswer) => settle(() => resolve(message));
    const fail = (cause: Error) =>
      settle(() =>
        reject(new ShareFailure('failed', 'not-here', `cannot look at the folder: ${cause.message}`, { cause })),
      );
    const end = () => fail(new Error('the process that looks at it has ended'));
    child.on('message', answer).on('error', fail).on('exit', end);
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    else child.send(call, (error) => error && fail(error));
  });
}

/** It may wait for the next call without keeping octo-ha from ending. */
function rest(child: ChildProcess): void {
  child.unref();
  child.channel?.unref();
}

/** Ends it without waiting: the system may not let go of it. */
function leave(child: ChildProcess): void {
  rest(child);
  child.on('error', () => {});
  child.kill('SIGKILL');
  if (child.connected) child.disconnect();
}
