import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { availableParallelism, tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { sampleLines } from './support/sample-lines.js';
import { sqliteCluster } from './support/sqlite-cluster.js';

/** Loaded by what needs them, once it is known that the command line makes sense. */
const drivers = ['@azure/identity', '@inquirer/core', '@napi-rs/keyring', 'libsql', 'mssql', 'ssh2', 'tedious', 'yaml'];

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
  let runs = 0;

  // In a copy of the built program every file says that it is loaded: this asks nothing of Node's own loader.
  before(async () => {
    copy = await mkdtemp(join(tmpdir(), 'octo-ha-start-up-'));
    for (const part of ['bin', 'dist', 'package.json']) await cp(part, join(copy, part), { recursive: true });
    await symlink(join(process.cwd(), 'node_modules'), join(copy, 'node_modules'), 'junction');
    await writeFile(join(copy, 'natives.cjs'), sayNatives);
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

  for (const argv of [['--help'], ['-h'], ['help']]) {
    test(`${argv} loads the text of the help only`, async () => {
      assert.deepEqual(await loaded(...argv), ['dist/root-help.js']);
    });
  }

  test('without arguments, on a machine that knows no cluster, only what finds the context file is loaded', async () => {
    const files = await loaded();

    assert.ok(files.includes('dist/root-help.js') && !files.includes('dist/main.js'), files.join());
    assert.deepEqual(packagesIn(files), ['env-paths', 'is-safe-filename']);
  });

  for (const argv of [
    ['nodee'],
    ['node', 'drian'],
    ['node', 'drain', '--no-such-flag'],
    ['node', 'drain', 'web-1', '--drain-timeout', '10'],
    ['node', 'add', 'web-3', '--cap', 'x'],
    ['doctor', '--show', 'everything'],
    ['status', '--timeout=soon'],
    ['init', '--portal', 'octopus.example.com'],
    ['node', 'drain'],
    ['node', 'drain', '--help'],
    ['node', '--help'],
  ]) {
    test(`${argv.join(' ')} is answered without a command`, async () => {
      assert.deepEqual((await loaded(...argv)).toSorted(), ['dist/commands.js', 'dist/front.js']);
    });
  }

  test('a completion that needs no database is answered from the table, without a second process', async () => {
    const files = await loaded('__complete', 'bash', '--', 'node', 'dr');

    assert.ok(files.includes('dist/commands.js') && !files.includes('dist/main.js'), files.join());
    assert.deepEqual(packagesIn(files), []);
  });

  for (const argv of [
    ['doctor', '--list'],
    ['explain', 'storage/really-shared'],
  ]) {
    test(`${argv.join(' ')} loads no driver`, async () => {
      const packages = packagesIn(await loaded(...argv));

      assert.deepEqual(
        packages.filter((name) => drivers.includes(name)),
        [],
      );
    });
  }

  test('each command loads the drivers that it uses, and no other', async () => {
    await using cluster = await sqliteCluster(['web-1']);
    const config = join(copy, 'config.yaml');
    await writeFile(config, cluster.context);
    const over = {
      sqlite: { OCTO_HA_CONFIG: config },
      sqlServer: { OCTO_HA_DATABASE: 'Server=127.0.0.1,1;Database=Octopus;User ID=a;Password=b' },
    };
    const lines = await sampleLines();
    const told: string[] = [];
    const worker = async (_: unknown, first: number) => {
      for (let i = first; i < lines.length; i += workers) {
        const { name = '', line = '' } = lines[i] ?? {};
        const sqlite = await driversOf(line, over.sqlite);
        told[i] = `${name}: ${sqlite} | ${await driversOf(line, over.sqlServer)}`;
      }
    };
    const workers = availableParallelism() + 1;
    await Promise.all(Array.from({ length: workers }, worker));

    const head = 'What each command loads over SQLite | over a SQL Server';
    const text = `${[head, ...told].join('\n')}\n`;
    const golden = fileURLToPath(new URL('start-up.golden.txt', import.meta.url));
    if (process.env['UPDATE_GOLDEN']) await writeFile(golden, text);
    assert.equal(text, await readFile(golden, 'utf8'));
  });

  async function driversOf(line: string, env: NodeJS.ProcessEnv): Promise<string> {
    const files = await loadedWith({ OCTO_HA_LAB_HOME: join(copy, 'lab'), ...env }, ...line.split(' '));
    const natives = files.flatMap((file) => packageOf(file) ?? []);
    const found = [...packagesIn(files), ...natives].filter((name) => drivers.includes(name));
    return [...new Set(found)].toSorted().join(' ') || '-';
  }

  /** The files under dist, and those of packages that are not in the bundle, that a command line loads. */
  const loaded = (...argv: readonly string[]) => loadedWith({}, ...argv);

  async function loadedWith(extra: NodeJS.ProcessEnv, ...argv: readonly string[]): Promise<readonly string[]> {
    const log = join(copy, `loaded-${runs++}`);
    await writeFile(log, '');
    const env = { ...process.env, ...extra, OCTO_HA_TEST_LOADED: log };
    const preload = ['--require', join(copy, 'natives.cjs')];
    const child = spawn(process.execPath, [...preload, join(copy, 'bin/octo-ha.js'), ...argv], {
      env,
      stdio: 'ignore',
    });
    const status = await new Promise((resolve) => child.once('close', resolve));
    assert.ok(status !== null && status !== 70, `${argv.join(' ')} ended with ${status}`);
    const urls = (await readFile(log, 'utf8')).split('\n').filter(Boolean);
    return [...new Set(urls.map((url) => relative(copy, fileURLToPath(url)).replaceAll(sep, '/')))];
  }

  /** Those that are inside these files, and those that these files import as they are loaded. */
  function packagesIn(files: readonly string[]): readonly string[] {
    const outputs = files.flatMap((file) => metafile.outputs[file] ?? []);
    const inside = outputs.flatMap(({ inputs }) =>
      Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => {
        const name = packageOf(path);
        return name === undefined || bytesInOutput === 0 ? [] : [name];
      }),
    );
    const outside = outputs.flatMap(({ imports }) =>
      imports.filter(({ kind, external, path }) => external && kind !== 'dynamic-import' && !isBuiltin(path)),
    );
    return [...new Set([...inside, ...outside.map(({ path }) => path)])].toSorted();
  }
});

const packageOf = (path: string): string | undefined => path.match(/.*node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1];

/** What is not in the bundle is CommonJS, and says so at the end. */
const sayNatives = `\
const { appendFileSync } = require('node:fs');
const { pathToFileURL } = require('node:url');
process.on('exit', () => {
  const paths = Object.keys(require.cache).filter((path) => path.includes('node_modules'));
  appendFileSync(process.env.OCTO_HA_TEST_LOADED, paths.map((path) => pathToFileURL(path).href + '\\n').join(''));
});
`;

const sayLoaded = `\
import { appendFileSync as sayLoaded } from 'node:fs';
sayLoaded(process.env.OCTO_HA_TEST_LOADED, import.meta.url + '\\n');
`;
