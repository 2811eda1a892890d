import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { localShell } from '../../../../src/adapters/local-shell.js';
import { systemClock } from '../../../../src/adapters/system-clock.js';
import type { StorageNode } from '../../../../src/checks/storage/nodes/ask-node.js';
import { proveShared } from '../../../../src/checks/storage/nodes/prove-shared.js';
import { sharedChecks } from '../../../../src/checks/storage/nodes/shared-checks.js';

const never = new AbortController().signal;
setMaxListeners(0, never);

const serviceControl = 'C:\\Windows\\System32\\sc.exe';

describe('whether a folder is shared, on Windows', { skip: process.platform !== 'win32' && 'Windows only' }, () => {
  let directory: string;
  const verdicts = async (...nodes: readonly StorageNode[]) => {
    const proof = await proveShared({ nodes, clock: systemClock, newId: randomUUID }, never);
    const said = Object.fromEntries(
      sharedChecks.map(({ id, judge }) => [id.slice('storage/'.length), judge(proof).status]),
    );
    return { said, proof };
  };
  const node = (name: string, folder: string, more: Partial<StorageNode> = {}): StorageNode => ({
    name,
    shell: localShell(),
    language: 'powershell',
    path: join(directory, folder),
    ...more,
  });
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'octo-ha shared-'));
    for (const name of ['a', 'b']) await mkdir(join(directory, name));
    // It does not start; only its account is looked at.
    execFileSync(serviceControl, ['create', 'octo-ha-probe', 'binPath=', 'C:\\Windows\\System32\\svchost.exe']);
  });
  after(async () => {
    execFileSync(serviceControl, ['delete', 'octo-ha-probe']);
    await rm(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 500 });
  });

  test('is proven by target, file and lock together, and nothing is left', async () => {
    const { said } = await verdicts(node('node-1', 'a'), node('node-2', 'a'));

    assert.deepEqual([said['same-target'], said['seen-by-all'], said['lock']], ['pass', 'pass', 'pass']);
    assert.deepEqual(await readdir(join(directory, 'a')), []);
  });

  test('is denied of two folders', async () => {
    const { said } = await verdicts(node('node-1', 'a'), node('node-2', 'b'));

    assert.deepEqual([said['same-target'], said['seen-by-all']], ['fail', 'fail']);
  });

  test('is looked at as the account of the service, by a task that is removed', async () => {
    const service = { manager: 'windows', name: 'octo-ha-probe' } as const;

    const { said, proof } = await verdicts(node('node-1', 'a', { service }), node('node-2', 'a', { service }));

    assert.deepEqual(
      proof.nodes.map(({ look }) => 'user' in look && look.user),
      ['NT AUTHORITY\\SYSTEM', 'NT AUTHORITY\\SYSTEM'],
    );
    assert.deepEqual([said['seen-as-service'], said['seen-by-all'], said['lock']], ['pass', 'pass', 'pass']);
    const list = [
      '-NoProfile',
      '-Command',
      "@(Get-ScheduledTask 'octo-ha probe-*' -ErrorAction SilentlyContinue).Count",
    ];
    assert.equal(execFileSync('powershell.exe', list, { encoding: 'utf8' }).trim(), '0');
  });
});
