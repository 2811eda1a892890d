import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import envPaths from 'env-paths';
import { Failure } from '../errors.js';
import type { ConfigurationFile } from '../ports/configuration-file.js';

/** `explicit` is what `--config` or `OCTO_HA_CONFIG` names; otherwise the platform's place for configuration. */
export function configurationFile(explicit: string | undefined): ConfigurationFile {
  const path =
    explicit === undefined ? join(envPaths('octo-ha', { suffix: '' }).config, 'config.yaml') : resolve(explicit);
  let isExpected = explicit !== undefined;
  return {
    path,
    toBeMade() {
      isExpected = false;
    },
    absolute: (typed) => resolve(typed),
    async read() {
      try {
        return await readFile(path, 'utf8');
      } catch (error) {
        if (!isExpected && isMissing(error)) return '';
        const why = isMissing(error) ? 'there is no such file' : (error as Error).message;
        throw new Failure('usage', `cannot read the context file ${path}: ${why}`, { cause: error });
      }
    },
    async write(text) {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const fresh = `${path}.${process.pid}.new`;
      await writeFile(fresh, text, { mode: 0o600 });
      await chmod(fresh, 0o600);
      await rename(fresh, path);
    },
  };
}

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT';
