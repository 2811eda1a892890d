import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

/** What every command line costs, however it ends. */
const always = ['chalk', 'env-paths', 'is-safe-filename'];

/** Loaded by what needs them, once it is known that the command line makes sense. */
const drivers = ['@azure/identity', '@inquirer/core', 'libsql', 'mssql', 'ssh2', 'tedious', 'yaml'];

/** esbuild's account of what each file under dist is made of. */
interface Metafile {
  readonly outputs: Readonly<Record<string, Output>>;
}

interface Output {
  readonly inputs: Readonly<Record<string, { readonly bytesInOutput: number }>>;
  readonly imports: readonly { readonly path: string; readonly kind: string; readonly external?: boolean }[];
}

describe('at start-up', () => {
  let copy: string;
  let metafile: Metafile;

  // In a copy of the built program every file says that it is loaded: this asks nothing of Node's own loader.
  before(async () => {
    copy = await mkdtemp(join(tmpdir(), 'octo-ha-start-up-'));
    for (const part of ['bin', 'dist', 'package.json']) await cp(part, join(copy, part), { recursive: true });
    metafile = JSON.parse(await readFile(join(copy, 'dist/metafile.json'), 'utf8'));
    for (const name of await readdir(join(copy, 'dist'), { recursive: true })) {
      const path = join(copy, 'dist', name);
      if (name.endsWith('.js')) await writeFile(path, `${sayLoaded}${await readFile(path, 'utf8')}`);
    }
  });

  after(() => rm(copy, { recursive: true, force: true }));

  for (const argv of [['--version'], ['-V']]) {
    test(`${argv} loads the version only`, async () => {
      assert.deepEqual(await loaded(...argv), ['dist/version.js']);
    });
  }

  for (const argv of [['--help'], ['-h'], ['help'], []]) {
    test(`${argv.length === 0 ? 'a command line without arguments' : argv} loads the text of the help only`, async () => {
      assert.deepEqual(await loaded(...argv), ['dist/root-help.js']);
    });
  }

  for (const argv of [['nodee'], ['node', 'drian']]) {
    test(`${argv.join(' ')} loads what tells a command line's mistake`, async () => {
      const packages = packagesIn(await loaded(...argv));

      assert.ok(packages.includes('chalk'), 'the packages of a chunk can be told');
      assert.deepEqual(
        packages.filter((name) => !always.includes(name)),
        [],
      );
    });
  }

  for (const argv of [
    ['node', 'drain', '--help'],
    ['node', 'drain', '--no-such-flag'],
  ]) {
    test(`${argv.join(' ')} loads no driver`, async () => {
      const packages = packagesIn(await loaded(...argv));

      assert.deepEqual(
        packages.filter((name) => drivers.includes(name)),
        [],
      );
    });
  }

  /** The files under dist that a command line loads. */
  async function loaded(...argv: readonly string[]): Promise<readonly string[]> {
    const log = join(copy, 'loaded');
    await writeFile(log, '');
    const env = { ...process.env, OCTO_HA_TEST_LOADED: log };
    const { status, stderr } = spawnSync(process.execPath, [join(copy, 'bin/octo-ha.js'), ...argv], {
      env,
      encoding: 'utf8',
    });
    assert.ok(status === 0 || status === 2, stderr);
    const urls = (await readFile(log, 'utf8')).split('\n').filter(Boolean);
    return urls.map((url) => relative(copy, fileURLToPath(url)).replaceAll(sep, '/'));
  }

  /** Those that are inside these files, and those that these files import as they are loaded. */
  function packagesIn(files: readonly string[]): readonly string[] {
    const outputs = files.flatMap((file) => metafile.outputs[file] ?? []);
    const inside = outputs.flatMap(({ inputs }) =>
      Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => {
        const name = path.match(/.*node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1];
        return name === undefined || bytesInOutput === 0 ? [] : [name];
      }),
    );
    const outside = outputs.flatMap(({ imports }) =>
      imports.filter(({ kind, external, path }) => external && kind !== 'dynamic-import' && !isBuiltin(path)),
    );
    return [...new Set([...inside, ...outside.map(({ path }) => path)])].toSorted();
  }
});

const sayLoaded = `\
import { appendFileSync as sayLoaded } from 'node:fs';
sayLoaded(process.env.OCTO_HA_TEST_LOADED, import.meta.url + '\\n');
`;
