import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

const manifest = JSON.parse(await readFile('package.json', 'utf8'));

describe('the package', () => {
  let directory: string;
  let tarball: string;
  /** Why it could not be installed for want of a registry; `undefined` when it is there. */
  let notInstalled: string | undefined;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'octo-ha-package-'));
    const packed = npm(process.cwd(), 'pack', '--pack-destination', directory);
    assert.equal(packed.status, 0, packed.stderr);
    tarball = join(directory, `octo-ha-${manifest.version}.tgz`);

    const project = join(directory, 'project');
    await mkdir(project);
    await writeFile(join(project, 'package.json'), '{ "private": true }\n');
    const flags = [
      '--omit=dev',
      '--ignore-scripts=false',
      '--prefer-offline',
      '--fetch-retries=0',
      '--fetch-timeout=30000',
    ];
    const installed = npm(project, 'install', ...flags, tarball);
    const unreachable = /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|FETCH_ERROR)\b/;
    if (installed.status !== 0 && unreachable.test(installed.stderr))
      notInstalled = 'the npm registry cannot be reached';
    else assert.equal(installed.status, 0, installed.stderr);
  });

  after(() => rm(directory, { recursive: true, force: true }));

  test('is smaller than 2 MB', async () => {
    const { size } = await stat(tarball);

    assert.ok(size < 2_000_000, `${size} bytes`);
  });

  test('runs no script when it is installed', () => {
    const scripts = Object.keys(manifest.scripts);

    assert.deepEqual(
      scripts.filter((name) => /^(pre|post)?(install|prepare)$/.test(name)),
      [],
    );
  });

  test('contains the licences of what is bundled, and nothing of the machine it was built on', (t) => {
    if (notInstalled !== undefined) return t.skip(notInstalled);
    return withInstalled(async (files) => {
      assert.ok(files.has('THIRD_PARTY_NOTICES') && files.has('LICENSE') && files.has('README.md'));
      const telling = [...files].filter(([, text]) => text.includes(process.cwd())).map(([name]) => name);
      assert.deepEqual(telling, []);
    });
  });

  test('brings no package that runs a script when it is installed', async (t) => {
    if (notInstalled !== undefined) return t.skip(notInstalled);
    const lock = JSON.parse(await readFile(join(directory, 'project/package-lock.json'), 'utf8'));
    const packages = Object.entries<{ hasInstallScript?: boolean }>(lock.packages);

    assert.deepEqual(
      packages.filter(([, { hasInstallScript }]) => hasInstallScript).map(([name]) => name),
      [],
    );
  });

  for (const [name, argv, exitCode, output] of [
    ['its version', ['--version'], 0, new RegExp(`^${manifest.version.replaceAll('.', '\\.')}\\n$`)],
    ['its help', ['--help'], 0, /octo-ha status/],
    ['what was meant by a typo', ['nodee'], 2, /octo-ha node\b/],
  ] as const) {
    test(`tells ${name} once installed`, (t) => {
      if (notInstalled !== undefined) return t.skip(notInstalled);
      const program = join(directory, 'project/node_modules/.bin/octo-ha');

      const { status, stdout, stderr } = spawnSync(program, argv, { encoding: 'utf8' });

      assert.equal(status, exitCode, stderr);
      assert.match(stdout + stderr, output);
    });
  }

  async function withInstalled(look: (files: ReadonlyMap<string, string>) => Promise<void>): Promise<void> {
    const root = join(directory, 'project/node_modules/octo-ha');
    const entries = await readdir(root, { recursive: true, withFileTypes: true });
    const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    await look(
      new Map(
        await Promise.all(
          paths.map(async (path) => [path.slice(root.length + 1), await readFile(path, 'utf8')] as const),
        ),
      ),
    );
  }
});

function npm(cwd: string, ...args: readonly string[]) {
  // `npm test` tells its children what it was called for, and where; a person's `npm install` is not told.
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^npm_(?!config_(registry|cache|cafile|userconfig)$)/i.test(name),
  );
  const shell = process.platform === 'win32';
  return spawnSync('npm', args, { cwd, env: Object.fromEntries(inherited), encoding: 'utf8', shell, timeout: 120_000 });
}
