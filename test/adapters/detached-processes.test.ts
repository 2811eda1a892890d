import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { detachedProcesses } from '../../src/adapters/detached-processes.js';
import { fromPs, listProcesses } from '../../src/adapters/process-list.js';
import { eventually } from '../support/eventually.js';

const { signal } = new AbortController();
const notHere = process.platform !== 'linux' && 'tells processes apart by /proc';

describe('processes that outlive their starter', () => {
  let directory: string;
  // Whoever starts them need not wait for them; a test has to.
  let waiting: NodeJS.Timeout;

  before(async () => {
    waiting = setInterval(() => {}, 1_000);
    directory = await mkdtemp(join(tmpdir(), 'octo-ha-test-'));
  });
  after(async () => {
    clearInterval(waiting);
    await rm(directory, { recursive: true, force: true });
  });

  const start = (script: string, mark: string) =>
    detachedProcesses.start(
      { file: process.execPath, args: ['-e', script, join(directory, mark)] },
      join(directory, `${mark}.log`),
    );

  async function found(mark: string) {
    const [one] = await detachedProcesses.find(join(directory, mark));
    assert.ok(one, `${mark} is not found`);
    return one;
  }

  test('are found by their command line, told apart by their start, and asked to end', async () => {
    const { pid, ended } = await start('setInterval(() => {}, 1000); console.log("here")', 'one');
    await eventually(async () => assert.match(await readFile(join(directory, 'one.log'), 'utf8'), /here/));

    const one = await found('one');
    assert.equal(one.pid, pid);
    assert.equal(one.parent, process.pid);
    assert.equal(await detachedProcesses.isAlive(one), true);
    assert.equal(await detachedProcesses.isAlive({ ...one, started: '1' }), false);
    await detachedProcesses.signal({ ...one, started: '1' }, 'kill');
    assert.equal(await detachedProcesses.isAlive(one), true);
    await detachedProcesses.signal(one, 'end');

    assert.equal(await ended, null);
    await eventually(async () => assert.deepEqual(await detachedProcesses.find(join(directory, 'one')), []));
    await detachedProcesses.signal(one, 'kill');
  });

  test('tell how they ended', async () => {
    const { ended } = await start('console.error("no"); process.exit(7)', 'two');

    assert.equal(await ended, 7);
    assert.equal(await readFile(join(directory, 'two.log'), 'utf8'), 'no\n');
  });

  test('reject where there is no such program', async () => {
    await assert.rejects(detachedProcesses.start({ file: join(directory, 'none'), args: [] }, join(directory, 'log')));
  });

  test('are run to their end where that is wanted', async () => {
    const script = 'console.log("out"); console.error("err"); process.exit(3)';

    const result = await detachedProcesses.run({ file: process.execPath, args: ['-e', script] }, signal);

    assert.deepEqual(result, { code: 3, output: 'out\nerr' });
  });

  test('are the same as ps lists them', { skip: notHere }, async () => {
    const { pid, ended } = await start('setInterval(() => {}, 1000)', 'three');
    const [fromProc] = await listProcesses([pid]);
    const [byPs] = await fromPs([pid]);
    const self = await detachedProcesses.self();

    assert.deepEqual([byPs?.pid, byPs?.parent, byPs?.commandLine], [pid, process.pid, fromProc?.commandLine]);
    assert.match(byPs?.started ?? '', /^\w{3} \w{3} +\d+ [\d:]{8} \d{4}$/);
    assert.ok((await fromPs()).some((one) => one.pid === self.pid));
    assert.deepEqual(await fromPs([2 ** 22 - 1]), []);
    await detachedProcesses.signal(await found('three'), 'kill');
    await ended;
  });
});
