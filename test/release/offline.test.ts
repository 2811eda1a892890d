import assert from 'node:assert/strict';
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

const skip = process.platform === 'win32' && 'the archive of Windows is unpacked by its workflow';

describe('the offline bundle', { skip }, () => {
  let directory: string;
  let home: string;
  /** Why it could not be made for want of a registry; `undefined` when it is there. */
  let notMade: string | undefined;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'octo-ha-offline-test-'));
    const made = spawnSync(process.execPath, ['scripts/offline.mjs', directory], { encoding: 'utf8' });
    if (made.status !== 0) {
      assert.match(made.stderr, /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH)\b/);
      notMade = 'the npm registry cannot be reached';
      return;
    }
    const unpacked = spawnSync('tar', ['-xf', made.stdout.trim()], { cwd: directory, encoding: 'utf8' });
    assert.equal(unpacked.status, 0, unpacked.stderr);
    const [name = ''] = (await readdir(directory)).filter((entry) => !entry.endsWith('.tar.gz'));
    home = join(directory, name);
  });

  after(() => rm(directory, { recursive: true, force: true }));

  /** Without a Node on the PATH, and with nothing of this repository. */
  function octoHa(...argv: readonly string[]): SpawnSyncReturns<string> {
    const own = join(directory, 'own');
    const env = {
      PATH: join(directory, 'programs'),
      HOME: own,
      OCTO_HA_LAB_HOME: join(own, 'lab'),
      OCTO_HA_CONFIG: join(own, 'config.yaml'),
      ...(process.env['OCTO_HA_TEST_RUN'] === undefined ? {} : { OCTO_HA_TEST_RUN: process.env['OCTO_HA_TEST_RUN'] }),
    };
    return spawnSync(join(directory, 'link'), argv, { cwd: directory, env, encoding: 'utf8' });
  }

  test('runs by a link without Node and npm, and brings up a lab', async (t) => {
    if (notMade !== undefined) return t.skip(notMade);
    await linkPrograms(join(directory, 'programs'), ['sh', 'dirname', 'readlink']);
    await symlink(join(home, 'octo-ha'), join(directory, 'link'));
    await mkdir(join(directory, 'own'));
    await writeFile(join(directory, 'own/config.yaml'), '', { mode: 0o600 });
    const { version } = JSON.parse(await readFile('package.json', 'utf8'));

    assert.equal(octoHa('--version').stdout, `${version}\n`);
    const up = octoHa('lab', 'up', '--nodes', '1', '--balancer', 'none');
    try {
      assert.equal(up.status, 0, up.stderr);
      assert.match(octoHa('status').stdout, /node-1 +running/);
    } finally {
      assert.equal(octoHa('lab', 'down').status, 0);
    }
  });

  test('holds the licences, and nothing of the machine it was made on', async (t) => {
    if (notMade !== undefined) return t.skip(notMade);
    const entries = await readdir(home, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));

    for (const name of ['LICENSE', 'THIRD_PARTY_NOTICES', 'runtime/LICENSE']) {
      assert.ok(files.includes(join(home, name)), name);
    }
    const text = files.filter((file) => !/\.node$|\/runtime\/node$/.test(file));
    const telling = await Promise.all(
      text.map(async (file) => ((await readFile(file, 'utf8')).includes(process.cwd()) ? [file] : [])),
    );
    assert.deepEqual(telling.flat(), []);
  });
});

async function linkPrograms(into: string, names: readonly string[]): Promise<void> {
  await mkdir(into);
  for (const name of names) {
    const { stdout } = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' });
    const { status } = spawnSync('ln', ['-s', stdout.trim(), join(into, name)]);
    assert.equal(status, 0);
  }
}
