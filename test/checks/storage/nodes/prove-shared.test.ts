import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once, setMaxListeners } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { localShell } from '../../../../src/adapters/local-shell.js';
import { systemClock } from '../../../../src/adapters/system-clock.js';
import type { Verdict } from '../../../../src/checks/check.js';
import type { StorageNode } from '../../../../src/checks/storage/nodes/ask-node.js';
import { proveShared } from '../../../../src/checks/storage/nodes/prove-shared.js';
import { sharedChecks } from '../../../../src/checks/storage/nodes/shared-checks.js';
import { Failure } from '../../../../src/errors.js';
import type { Shell } from '../../../../src/ports/shell.js';
import { manualClock } from '../../../support/manual-clock.js';

const never = new AbortController().signal;
setMaxListeners(0, never);

const notHere = process.platform !== 'linux' && 'Linux only';
const withoutRoot = process.getuid?.() !== 0 && 'needs root';

describe('whether a folder is shared', { skip: notHere }, () => {
  let directory: string;
  let shell: Shell;
  const path = (name: string) => join(directory, name);
  const node = (name: string, folder: string, more: Partial<StorageNode> = {}): StorageNode => ({
    name,
    shell,
    language: 'sh',
    path: path(folder),
    ...more,
  });
  const prove = async (...nodes: readonly StorageNode[]) =>
    proveShared({ nodes, clock: systemClock, newId: randomUUID }, never);
  const verdicts = async (...nodes: readonly StorageNode[]): Promise<Record<string, Verdict>> => {
    const proof = await prove(...nodes);
    return Object.fromEntries(sharedChecks.map(({ id, judge }) => [id.slice('storage/'.length), judge(proof)]));
  };
  const statuses = (all: Record<string, Verdict>) =>
    Object.fromEntries(Object.entries(all).map(([name, { status }]) => [name, status]));
  const problem = (verdict: Verdict | undefined) =>
    verdict && 'problem' in verdict ? verdict.problem : verdict && 'because' in verdict ? verdict.because : 'none';

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'octo-ha shared-'));
    for (const name of ['a', 'b']) await mkdir(path(name));
    shell = localShell();
  });
  afterEach(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }));

  test('is proven by target, file and lock together, and nothing is left', async () => {
    const all = await verdicts(node('node-1', 'a'), node('node-2', 'a'), node('node-3', 'a'));

    assert.deepEqual(statuses(all), {
      'seen-as-service': 'unknown',
      'same-target': 'pass',
      'seen-by-all': 'pass',
      lock: 'pass',
      'probes-removed': 'pass',
    });
    assert.deepEqual(await readdir(path('a')), []);
  });

  for (const [name, program] of [
    ['dash', '/bin/dash'],
    ['bash', '/bin/bash'],
    ['BusyBox', '/bin/busybox'],
  ] as const) {
    const missing = spawnSync(program, ['-c', ':']).error !== undefined && `${name} is not installed`;

    test(`is proven in ${name}`, { skip: missing }, async () => {
      const programs = path('programs');
      await mkdir(programs);
      const own = ['sh', ...(name === 'BusyBox' ? ['base64', 'sed', 'tr', 'id', 'sleep', 'rm'] : [])];
      for (const one of own) await symlink(program, join(programs, one));
      const environment = { PATH: `${programs}:${process.env['PATH']}` };
      await using named = localShell({ environment });

      const all = await verdicts(node('node-1', 'a', { shell: named }), node('node-2', 'a', { shell: named }));

      assert.deepEqual(
        [all['same-target']?.status, all['seen-by-all']?.status, all['lock']?.status],
        ['pass', 'pass', 'pass'],
      );
      assert.deepEqual(await readdir(path('a')), []);
    });
  }

  test('is found though nodes reach it by different ways', async () => {
    await mkdir(path('a/$(touch x) ; "y" \\ ü\n'));
    await symlink(path('a/$(touch x) ; "y" \\ ü\n'), path('link'));

    const all = await verdicts(node('node-1', 'a/$(touch x) ; "y" \\ ü\n'), node('node-2', 'link'));

    assert.deepEqual(
      [all['same-target']?.status, all['seen-by-all']?.status, all['lock']?.status],
      ['pass', 'pass', 'pass'],
    );
    assert.deepEqual(await readdir(directory), ['a', 'b', 'link']);
  });

  test('is denied of two folders', async () => {
    const clock = manualClock({ auto: true });
    const proof = await proveShared(
      { nodes: [node('node-1', 'a'), node('node-2', 'b')], clock, newId: randomUUID },
      never,
    );
    const [, target, seen, lock, removed] = sharedChecks.map(({ judge }) => judge(proof));

    assert.match(problem(target), /^node-1 is led to .*\/a \(\w+, local\), node-2 to .*\/b \(\w+, local\)$/);
    assert.equal(problem(seen), 'node-2 does not see what node-1 writes');
    assert.equal(problem(lock), 'node-2 does not see the file that node-1 has locked');
    assert.deepEqual(
      [target?.status, seen?.status, lock?.status, removed?.status],
      ['fail', 'fail', 'unknown', 'pass'],
    );
    // Looked for 15 s before it was said, for the file and for the lock.
    const slept = clock.slept.reduce((sum, one) => sum + one, 0);
    assert.ok(slept >= 15_000, `${slept} ms`);
    assert.deepEqual([await readdir(path('a')), await readdir(path('b'))], [[], []]);
  });

  test('is denied of a replica, by the lock', async () => {
    const script = 'while :; do cp -a "$1"/. "$2"/; sleep 0.3; done';
    const copier = spawn('sh', ['-c', script, 'copier', path('a'), path('b')], {
      stdio: 'ignore',
      detached: true,
    });
    const ended = once(copier, 'exit');
    try {
      const all = await verdicts(node('node-1', 'a'), node('node-2', 'b'));

      assert.equal(all['seen-by-all']?.status, 'pass');
      assert.equal(all['lock']?.status, 'fail');
      assert.equal(
        problem(all['lock']),
        'node-2 sees what node-1 writes, and gets a lock that node-1 holds: the folder is replicated, not shared',
      );
    } finally {
      // With what it has started.
      process.kill(-(copier.pid ?? 0), 'SIGKILL');
      await ended;
    }
  });

  test('is proven where nothing can be removed any more, and what is left is named', async (t) => {
    if (spawnSync('chattr', ['+a', path('a')]).status !== 0) return t.skip('no folder can be made append-only here');
    try {
      const all = await verdicts(node('node-1', 'a'), node('node-2', 'a'));

      assert.deepEqual(statuses(all), {
        'seen-as-service': 'unknown',
        'same-target': 'pass',
        'seen-by-all': 'pass',
        lock: 'pass',
        'probes-removed': 'fail',
      });
      const [left] = await readdir(path('a'));
      assert.equal(
        problem(all['probes-removed']),
        `may still be there: node-1: ${path('a')}/${left}, node-2: ${path('a')}/${left}`,
      );
    } finally {
      spawnSync('chattr', ['-a', path('a')]);
    }
  });

  test('is not known where a node cannot be asked', async () => {
    const dead: Shell = {
      name: 'web-2',
      run: () => Promise.reject(new Failure('unreachable', 'web-2 cannot be reached')),
      async [Symbol.asyncDispose]() {},
    };

    const all = await verdicts(node('node-1', 'a'), node('node-2', 'a', { shell: dead }), node('node-3', 'a'));

    assert.deepEqual(statuses(all), {
      'seen-as-service': 'unknown',
      'same-target': 'unknown',
      'seen-by-all': 'unknown',
      lock: 'unknown',
      'probes-removed': 'pass',
    });
    assert.equal(problem(all['lock']), 'web-2 cannot be reached');
    assert.deepEqual(await readdir(path('a')), []);
  });

  test('is not known where octo-ha has no way to a machine', async () => {
    const all = await verdicts(node('node-1', 'a'), node('node-2', 'a', { shell: undefined }));

    assert.equal(problem(all['seen-by-all']), 'octo-ha knows no way to the machine of node-2');
  });

  test('is not asked of one node', async () => {
    const all = await verdicts(node('node-1', 'a'));

    assert.deepEqual(
      [all['same-target']?.status, all['seen-by-all']?.status, all['lock']?.status],
      ['skip', 'skip', 'skip'],
    );
  });

  test('leaves nothing behind when it is told to end', async () => {
    const ending = new AbortController();
    const nodes = [node('node-1', 'a'), node('node-2', 'b')];
    const proving = proveShared({ nodes, clock: systemClock, newId: randomUUID }, ending.signal);
    while ((await readdir(path('a'))).length === 0) await new Promise((resolve) => setImmediate(resolve));

    ending.abort(new Error('enough'));

    await assert.rejects(proving, /enough/);
    assert.deepEqual([await readdir(path('a')), await readdir(path('b'))], [[], []]);
  });

  describe('as the account of Octopus Server', () => {
    let programs: string;
    before(async () => {
      programs = await mkdtemp(join(tmpdir(), 'octo-ha-programs-'));
      const program = async (name: string, text: string) => {
        await writeFile(join(programs, name), `#!/bin/sh\n${text}\n`);
        await chmod(join(programs, name), 0o755);
      };
      await program('docker', '[ "$1 $2 $3 $4" = "exec -i -- octopus" ] || exit 9\nshift 4\nexec "$@"');
      await program(
        'systemctl',
        'case $* in *LoadState*octopus) echo loaded ;; *LoadState*) echo not-found ;; *User*) echo daemon ;; esac',
      );
    });
    after(() => rm(programs, { recursive: true, force: true }));
    const here = (service: StorageNode['service'], folder = 'a') => {
      const environment = { PATH: `${programs}:${process.env['PATH']}` };
      return (name: string) => node(name, folder, { service, shell: localShell({ environment }) });
    };

    test('is asked in its container', async () => {
      const inside = here({ manager: 'docker', name: 'octopus' });

      const all = await verdicts(inside('node-1'), inside('node-2'));

      assert.deepEqual(Object.values(statuses(all)), ['pass', 'pass', 'pass', 'pass', 'pass']);
    });

    test('is asked as the user of its unit', { skip: withoutRoot }, async () => {
      const asUser = here({ manager: 'systemd', name: 'octopus' });
      await chmod(directory, 0o755);
      await chmod(path('a'), 0o777);

      const all = await verdicts(asUser('node-1'), asUser('node-2'));

      assert.deepEqual(Object.values(statuses(all)), ['pass', 'pass', 'pass', 'pass', 'pass']);
    });

    test('finds that this user may not open the folder', { skip: withoutRoot }, async () => {
      const asUser = here({ manager: 'systemd', name: 'octopus' });
      await chmod(directory, 0o755);
      await chmod(path('a'), 0o700);

      const all = await verdicts(asUser('node-1'), node('node-2', 'a'));

      assert.match(problem(all['seen-as-service']), /^node-1 cannot look at .*\/a as daemon: .* cannot be listed$/);
      assert.equal(all['seen-as-service']?.status, 'fail');
    });

    test('is not known where there is no such unit', async () => {
      const none = here({ manager: 'systemd', name: 'nothing' });

      const all = await verdicts(none('node-1'), none('node-2'));

      assert.match(problem(all['seen-as-service']), /under which account Octopus Server runs on node-1 is not known/);
    });
  });
});
