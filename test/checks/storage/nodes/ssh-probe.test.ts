import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { sshShell } from '../../../../src/adapters/ssh/ssh-shell.js';
import { systemClock } from '../../../../src/adapters/system-clock.js';
import { proveShared } from '../../../../src/checks/storage/nodes/prove-shared.js';
import { sharedChecks } from '../../../../src/checks/storage/nodes/shared-checks.js';
import { makeKeys, publicKey, startOpenSsh, withoutOpenSsh } from '../../../support/open-ssh.js';

const never = new AbortController().signal;
setMaxListeners(0, never);

describe('the proof over OpenSSH', { skip: withoutOpenSsh || (process.platform !== 'linux' && 'Linux only') }, () => {
  test('holds a lock in one session while others look', async () => {
    await using keys = await makeKeys();
    await using server = await startOpenSsh(keys);
    await writeFile(keys.path('known'), `[127.0.0.1]:${server.port} ${await publicKey(server.hostKeys.ed25519)}\n`);
    const lines = [`UserKnownHostsFile ${keys.path('known')}`, 'GlobalKnownHostsFile none', 'IdentityAgent none'];
    await writeFile(keys.path('config'), `${lines.join('\n')}\n`);
    const open = () =>
      sshShell(
        { host: '127.0.0.1', port: server.port, user: server.user, keyFiles: [keys.plain] },
        { ask: async () => undefined, configuration: { file: keys.path('config') } },
      );
    await using one = open();
    await using other = open();
    const path = await mkdtemp(join(tmpdir(), 'octo-ha shared-'));
    try {
      const nodes = [
        { name: 'web-1', shell: one, language: 'sh', path },
        { name: 'web-2', shell: other, language: 'sh', path },
      ] as const;

      const proof = await proveShared({ nodes, clock: systemClock, newId: randomUUID }, never);

      const said = sharedChecks.map(({ id, judge }) => [id.slice('storage/'.length), judge(proof).status]);
      assert.deepEqual(said.slice(1), [
        ['same-target', 'pass'],
        ['seen-by-all', 'pass'],
        ['lock', 'pass'],
        ['probes-removed', 'pass'],
      ]);
      assert.deepEqual(await readdir(path), []);
    } finally {
      await rm(path, { recursive: true });
    }
  });
});
