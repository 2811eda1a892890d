import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatStorageLocation, type StorageLocation, smbPort } from '../../cluster/storage-location.js';
import type { Clock } from '../../ports/clock.js';
import type { Share, ShareCredentials } from '../../ports/share.js';
import { patience } from './patience.js';
import { meaningOf, parseFreeSpace, parseList, troubleIn } from './smbclient-answer.js';
import type { SmbCommand } from './smbclient-line.js';
import { privately, runSmbclient } from './smbclient-run.js';
import { type Attempt, shareFailure } from './trouble-words.js';

export interface SmbclientOptions {
  /** The whole path of Samba's `smbclient`. */
  readonly program: string;
  readonly credentials: ShareCredentials;
  readonly clock: Clock;
  /** Milliseconds that any call may take, other than usual. */
  readonly timeout?: number | undefined;
}

/** A share as Samba's `smbclient` sees it. Every call is a login of its own. */
export function smbclientShare(
  location: StorageLocation & { readonly kind: 'unc' },
  { program, credentials, clock, timeout }: SmbclientOptions,
): Share {
  const name = formatStorageLocation(location);
  const { server, share, port = smbPort } = location;
  const at = (path: string) => [location.folder, path].filter((part) => part !== '').join('/');

  /** All in one session. A status among `answers` is an answer and no failure. */
  async function run(
    what: Pick<Attempt, 'doing' | 'path' | 'to'>,
    commands: readonly SmbCommand[],
    { answers = [], longest = patience.quick, directory }: RunOptions,
    signal: AbortSignal,
  ): Promise<{ readonly output: string; readonly status: string | undefined }> {
    const attempt: Attempt = { share: name, user: credentials.user, ...what };
    using limited = clock.within(timeout ?? longest, signal);
    const asked: readonly SmbCommand[] = [...commands, ['pwd']];
    const call = (where: string) => runSmbclient({ program, server, port, share, credentials }, asked, where, limited);
    let output: string;
    try {
      output = await (directory === undefined ? privately(call) : call(directory));
    } catch (error) {
      if (limited.aborted && !signal.aborted) throw shareFailure('no-answer', { ...attempt, cause: error });
      throw error;
    }
    const found = troubleIn(output);
    if (found === undefined) {
      // What it prints last shows that the session has come to its end.
      if (!/^Current directory is /m.test(output)) throw shareFailure('other', { ...attempt, code: lastLine(output) });
      return { output, status: undefined };
    }
    const { status, phase } = found;
    if (phase === 'work' && answers.includes(status)) return { output, status };
    throw shareFailure(meaningOf(found), { ...attempt, code: status });
  }

  return {
    name,
    session: 'each call',
    async list(folder, beginning, signal) {
      const commands = [['ls', at(folder), beginning]] as const;
      const { output } = await run(
        { doing: 'list', path: folder },
        commands,
        { answers: ['NT_STATUS_NO_SUCH_FILE'] },
        signal,
      );
      // Windows also finds names by the short ones that it keeps beside them.
      const wanted = beginning.toLowerCase();
      return parseList(output).filter((entry) => entry.name.toLowerCase().startsWith(wanted));
    },
    async makeFolder(folder, signal) {
      const answers = ['NT_STATUS_OBJECT_NAME_COLLISION'];
      const { status } = await run(
        { doing: 'make the folder', path: folder },
        [['mkdir', at(folder)]],
        { answers },
        signal,
      );
      return status === undefined ? 'made' : 'there';
    },
    write: (file, bytes, signal) =>
      privately(async (directory) => {
        const local = join(directory, 'bytes');
        await writeFile(local, bytes, { mode: 0o600 });
        const options = { longest: patience.data, directory };
        await run({ doing: 'write', path: file }, [['put', at(file), local]], options, signal);
      }),
    read: (file, signal) =>
      privately(async (directory) => {
        const local = join(directory, 'bytes');
        const options = { longest: patience.data, directory };
        await run({ doing: 'read', path: file }, [['get', at(file), local]], options, signal);
        return await readFile(local);
      }),
    async rename(from, to, signal) {
      await run({ doing: 'rename', path: from, to }, [['rename', at(from), at(to)]], {}, signal);
    },
    async remove(file, signal) {
      await run({ doing: 'remove', path: file }, [['del', at(file)]], { answers: gone }, signal);
    },
    async removeFolder(folder, signal) {
      await run({ doing: 'remove the folder', path: folder }, [['rmdir', at(folder)]], { answers: gone }, signal);
    },
    async freeSpace(signal) {
      const what = { doing: 'ask for the free space of' };
      // Asked for one entry, because it counts what it lists; and from within, because another volume may begin there.
      const { folder } = location;
      const commands =
        folder === ''
          ? ([['ls', '', '']] as const)
          : ([
              ['cd', folder],
              ['du', folder],
            ] as const);
      const { output } = await run(what, commands, {}, signal);
      const space = parseFreeSpace(output);
      if (space === undefined) throw shareFailure('other', { share: name, ...what, code: lastLine(output) });
      return space;
    },
    async [Symbol.asyncDispose]() {},
  };
}

interface RunOptions {
  readonly answers?: readonly string[];
  /** Milliseconds. */
  readonly longest?: number;
  readonly directory?: string;
}

const gone = ['NT_STATUS_OBJECT_NAME_NOT_FOUND', 'NT_STATUS_NO_SUCH_FILE', 'NT_STATUS_OBJECT_PATH_NOT_FOUND'];

const lastLine = (output: string): string => output.trim().split('\n').at(-1)?.slice(0, 200) ?? '';
