import { appendFile, mkdir, readdir, readFile, rename, rm, rmdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Folder } from '../ports/folder.js';

export function localFolder(path: string): Folder {
  const pathOf = (relative: string) => join(path, relative);
  return {
    path,
    pathOf,
    async read(relative) {
      try {
        return await readFile(pathOf(relative), 'utf8');
      } catch (error) {
        return ifMissing(error, undefined);
      }
    },
    write: (relative, text) => replace(pathOf(relative), text, 0o600),
    writeProgram: (relative, text) => replace(pathOf(relative), text, 0o700),
    append: (relative, text) => appendFile(pathOf(relative), text),
    async claim(relative, text) {
      await mkdir(dirname(pathOf(relative)), { recursive: true });
      try {
        await writeFile(pathOf(relative), text, { mode: 0o600, flag: 'wx' });
        return true;
      } catch (error) {
        if (codeOf(error) === 'EEXIST') return false;
        throw error;
      }
    },
    async makeDirectory(relative) {
      await mkdir(pathOf(relative), { recursive: true, mode: 0o700 });
    },
    async link(relative, target) {
      await mkdir(dirname(pathOf(relative)), { recursive: true, mode: 0o700 });
      try {
        await symlink(target, pathOf(relative));
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') throw error;
      }
    },
    async list() {
      try {
        return await readdir(path);
      } catch (error) {
        return ifMissing(error, []);
      }
    },
    remove: (relative) => rm(pathOf(relative), { recursive: true, force: true, maxRetries: 5 }),
    async removeItself() {
      try {
        await rmdir(path);
      } catch (error) {
        if (codeOf(error) !== 'ENOTEMPTY' && codeOf(error) !== 'EEXIST') ifMissing(error, undefined);
      }
    },
  };
}

async function replace(target: string, text: string, mode: number): Promise<void> {
  const fresh = `${target}.${process.pid}.new`;
  await writeFile(fresh, text, { mode });
  await rename(fresh, target);
}

function ifMissing<T>(error: unknown, otherwise: T): T {
  if (codeOf(error) === 'ENOENT') return otherwise;
  throw error;
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);
