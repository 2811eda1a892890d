import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Failure } from '../errors.js';
import type { OwnFiles } from '../ports/own-files.js';

export const ownFiles: OwnFiles = {
  absolute: (path) => resolve(path),
  async read(path) {
    try {
      return await readFile(path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw new Failure('usage', `cannot read ${path}: ${(error as Error).message}`);
    }
  },
  async write(path, text) {
    const fresh = `${path}.${process.pid}.new`;
    try {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await writeFile(fresh, text, { mode: 0o600 });
      await rename(fresh, path);
    } catch (error) {
      throw new Failure('failed', `cannot write ${path}: ${(error as Error).message}`);
    }
  },
};
