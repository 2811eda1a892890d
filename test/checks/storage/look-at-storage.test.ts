import assert from 'node:assert/strict';
import { setMaxListeners } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { nodeNetwork } from '../../../src/adapters/node-network.js';
import { folderShare } from '../../../src/adapters/share/folder-share.js';
import { systemClock } from '../../../src/adapters/system-clock.js';
import type { Verdict } from '../../../src/checks/check.js';
import { lookAtStorage } from '../../../src/checks/storage/look-at-storage.js';
import { type Share, ShareFailure } from '../../../src/ports/share.js';
import { folderOptions } from '../../support/share.js';
import { judgeFolder } from '../../support/visit-storage.js';

const never = new AbortController().signal;
setMaxListeners(0, never);

describe('a visit to shared storage', () => {
  let directory: string;
  let real: Share;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'octo-ha-visit-'));
    real = folderShare(directory, folderOptions);
  });
  afterEach(async () => {
    await real[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  });
  const storage = (share: Share) => ({
    location: { kind: 'path', path: directory } as const,
    share,
    network: nodeNetwork,
    clock: systemClock,
    newId: () => 'x1',
    probing: true,
    bytes: 100_000,
  });

  async function verdictOf(name: string, share: Share): Promise<Verdict> {
    const verdict = judgeFolder(await lookAtStorage(storage(share), never)).get(name);
    assert.ok(verdict, name);
    return verdict;
  }

  test('finds a byte that changed on its way', async () => {
    const spoiling: Share = {
      ...real,
      async read(file, signal) {
        const bytes = new Uint8Array(await real.read(file, signal));
        bytes[4_711] = (bytes[4_711] ?? 0) ^ 1;
        return bytes;
      },
    };

    const verdict = await verdictOf('intact', spoiling);

    assert.equal(
      'problem' in verdict && verdict.problem,
      'what was read differs from what was written, from byte 4711',
    );
    assert.deepEqual(await readdir(directory), []);
  });

  test('names what it could not remove, and why', async () => {
    const keeping: Share = {
      ...real,
      remove: () => Promise.reject(new ShareFailure('failed', 'denied', 'access is denied')),
    };

    const verdict = await verdictOf('removed', keeping);

    assert.equal(
      'problem' in verdict && verdict.problem,
      'may still be there: octo-ha-probe-x1/written, octo-ha-probe-x1/renamed, octo-ha-probe-x1 (access is denied)',
    );
  });

  test('writes nothing where it may not, and says so', async () => {
    let writes = 0;
    const counting: Share = {
      ...real,
      write: (...call) => {
        writes++;
        return real.write(...call);
      },
    };
    const verdicts = judgeFolder(await lookAtStorage({ ...storage(counting), probing: false }, never));

    assert.equal(writes, 0);
    assert.deepEqual(
      [...verdicts].filter(([, { status }]) => status === 'pass').map(([name]) => name),
      ['listed', 'room'],
    );
    for (const name of ['writable', 'intact', 'renamed', 'removed', 'latency']) {
      const verdict = verdicts.get(name);
      assert.match(verdict?.status === 'skip' ? verdict.because : '', /--probe$/, name);
    }
  });

  test('goes on where one thing is refused', async () => {
    const stiff: Share = {
      ...real,
      rename: () => Promise.reject(new ShareFailure('failed', 'denied', 'access is denied')),
    };
    const verdicts = judgeFolder(await lookAtStorage(storage(stiff), never));

    assert.deepEqual(
      ['writable', 'intact', 'renamed', 'removed'].map((name) => verdicts.get(name)?.status),
      ['pass', 'pass', 'fail', 'pass'],
    );
    assert.deepEqual(await readdir(directory), []);
  });
});
