import { mkdir, readdir, readFile, rename, rmdir, stat, statfs, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ShareEntry, ShareTrouble } from '../../ports/share.js';

/** One call on a folder, as it goes to the process that makes it. Paths are the system's own. */
export type FolderCall =
  | { readonly call: 'list'; readonly path: string; readonly beginning: string }
  | { readonly call: 'makeFolder' | 'read' | 'remove' | 'removeFolder' | 'freeSpace'; readonly path: string }
  | { readonly call: 'write'; readonly path: string; readonly bytes: Uint8Array }
  | { readonly call: 'rename'; readonly path: string; readonly to: string };

export type FolderAnswer =
  | { readonly answer: unknown }
  | { readonly trouble: Exclude<ShareTrouble, 'not-here'>; readonly code: string };

/** Answers a call; nothing is thrown. */
export async function answerTo(call: FolderCall): Promise<FolderAnswer> {
  try {
    return { answer: await make(call) };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
    return { trouble: meanings[code] ?? 'other', code };
  }
}

async function make(call: FolderCall): Promise<unknown> {
  switch (call.call) {
    case 'list':
      return await list(call.path, call.beginning.toLowerCase());
    case 'makeFolder':
      return await mkdir(call.path).then(() => 'made', unless('EEXIST', 'there'));
    case 'read':
      return await readFile(call.path);
    case 'write':
      return await writeFile(call.path, call.bytes, { flush: true });
    case 'rename':
      return await rename(call.path, call.to);
    case 'remove':
      return await unlink(call.path).catch(unless('ENOENT', undefined));
    case 'removeFolder':
      return await rmdir(call.path).catch(unless('ENOENT', undefined));
    case 'freeSpace': {
      const { bavail, blocks, bsize } = await statfs(call.path);
      return { free: bavail * bsize, total: blocks * bsize };
    }
    default:
      return call satisfies never;
  }
}

async function list(path: string, beginning: string): Promise<readonly ShareEntry[]> {
  const names = (await readdir(path)).filter((name) => name.toLowerCase().startsWith(beginning));
  const entries = await Promise.all(
    names.map(async (name): Promise<readonly ShareEntry[]> => {
      // What is gone meanwhile, or leads nowhere, is not there.
      const found = await stat(join(path, name)).catch(unless('ENOENT', undefined));
      if (found === undefined) return [];
      return [{ name, kind: found.isDirectory() ? 'folder' : 'file', size: found.isDirectory() ? 0 : found.size }];
    }),
  );
  return entries.flat();
}

function unless<T>(code: string, otherwise: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code === code) return otherwise;
    throw error;
  };
}

const meanings: Readonly<Record<string, Exclude<ShareTrouble, 'not-here'>>> = {
  ENOENT: 'missing',
  ENOTDIR: 'missing',
  EACCES: 'denied',
  EPERM: 'denied',
  EROFS: 'read-only',
  EEXIST: 'exists',
  ENOTEMPTY: 'not-empty',
  EBUSY: 'in-use',
  ETXTBSY: 'in-use',
  ENOSPC: 'full',
  EDQUOT: 'full',
  EHOSTDOWN: 'connection-lost',
  EHOSTUNREACH: 'connection-lost',
  ENETUNREACH: 'connection-lost',
  ENOTCONN: 'connection-lost',
  ECONNRESET: 'connection-lost',
  ESTALE: 'connection-lost',
  ETIMEDOUT: 'no-answer',
};
