import { readFile, writeFile } from 'node:fs/promises';
import { Failure } from '../errors.js';
import type { Files } from '../ports/files.js';

export const localFiles: Files = {
  async read(path) {
    try {
      return await readFile(path, 'utf8');
    } catch (error) {
      throw new Failure('usage', `cannot read ${path}: ${(error as Error).message}`);
    }
  },
  async write(path, text) {
    try {
      await writeFile(path, text);
    } catch (error) {
      throw new Failure('usage', `cannot write ${path}: ${(error as Error).message}`);
    }
  },
};
