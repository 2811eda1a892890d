import { randomUUID } from 'node:crypto';
import { chmod, chown, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { Failure } from '../errors.js';
import type { TextFiles } from '../ports/text-files.js';

export const textFiles: TextFiles = {
  async read(path) {
    try {
      return await readFile(path, 'utf8');
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw unusable('read', path, error);
    }
  },
  async replace(path, text) {
    try {
      await replace(path, text);
    } catch (error) {
      throw unusable('write', path, error);
    }
  },
  remove: (path) => rm(path, { force: true }),
};

async function replace(path: string, text: string): Promise<void> {
  // A site that is enabled by a link stays enabled.
  const target = await realpath(path).catch(() => path);
  const before = await stat(target).catch(() => undefined);
  const fresh = `${target}.${randomUUID()}.new`;
  try {
    const file = await open(fresh, 'wx', 0o644);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    if (before !== undefined) {
      await chmod(fresh, before.mode & 0o7777);
      // Only root may give a file away; for anybody else it is theirs already, or becomes so.
      await chown(fresh, before.uid, before.gid).catch(() => {});
    }
    await rename(fresh, target);
  } catch (error) {
    await rm(fresh, { force: true });
    throw error;
  }
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);

const unusable = (what: 'read' | 'write', path: string, error: unknown): Failure =>
  new Failure('usage', `cannot ${what} ${path}: ${reasons[String(codeOf(error))] ?? (error as Error).message}`, {
    cause: error,
  });

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such directory',
  ENOTDIR: 'there is no such directory',
  EISDIR: 'it is a directory',
  EACCES: 'this user is not allowed to',
  EPERM: 'this user is not allowed to',
};
