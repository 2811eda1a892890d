import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Failure } from '../../src/errors.js';
import type { Session } from '../../src/ports/database.js';
import { matchesSchema } from '../support/schemas.js';
import { World } from '../support/world.js';

const nodes = [{ name: 'web-1' }, { name: 'web-2' }];

describe('status --watch without a terminal', () => {
  test('prints a line when something has changed, and none when nothing has', async () => {
    await using world = await World.create(nodes);
    world.in(5_000, () => world.setFlag('web-2', true));
    world.in(9_000, () => world.addTask({ id: 'ServerTasks-1', state: 'Executing', node: 'web-1' }));

    const { code, stdout } = await world.run('status --watch --every 2s --deadline 20s');

    assert.equal(code, 5);
    assert.deepEqual(stdout.split('\n'), [
      '2026-03-01 10:00:00Z  web-1 running 0/5; web-2 running 0/5; tasks 0 running, 0 queued',
      '2026-03-01 10:00:06Z  web-2 drained 0/5',
      '2026-03-01 10:00:10Z  web-1 running 1/5; tasks 1 running, 0 queued',
    ]);
  });

  for (const flag of ['--json', '-o ndjson']) {
    test(`${flag} prints one document a line for each look`, async () => {
      await using world = await World.create(nodes);

      const { stdout } = await world.run(`status --watch ${flag} --every 2s --deadline 5s`);

      const lines = stdout.split('\n');
      assert.equal(lines.length, 4);
      for (const line of lines.slice(0, 3)) await matchesSchema('status', line);
      await matchesSchema('error', lines[3] ?? '');
    });
  }

  test('refuses what it cannot do: names only, or no rest between two looks', async () => {
    await using world = await World.create(nodes);

    assert.equal((await world.run('status --watch -o name')).code, 2);
    assert.match((await world.run('status --watch --every 0s')).stderr, /--every: less than 250ms is no rest/);
  });

  test('needs one round trip a look', async () => {
    await using world = await World.create(nodes);
    let trips = 0;
    const session = (real: Session): Session => ({
      ...real,
      read(statements, signal) {
        trips++;
        return real.read(statements, signal);
      },
    });

    await world.run('status --watch --every 2s --deadline 9s', { session });

    assert.equal(trips, 1 + 5, 'the catalogue, and five looks in nine seconds');
  });

  test('waits an outage out and tells it once; the first look must succeed', async () => {
    await using world = await World.create(nodes);
    let looks = 0;
    const session = (real: Session): Session => ({
      ...real,
      async read(statements, signal) {
        looks++;
        if (looks >= 3 && looks <= 5) throw new Failure('unreachable', 'cannot reach sql1: the connection was refused');
        return await real.read(statements, signal);
      },
    });

    const { code, stdout } = await world.run('status --watch --every 2s --deadline 20s', { session });
    assert.equal(code, 5);
    assert.deepEqual(stdout.split('\n').slice(1), [
      '2026-03-01 10:00:02Z  no answer: cannot reach sql1: the connection was refused',
    ]);

    const down = (real: Session): Session => ({
      ...real,
      read: async () => {
        throw new Failure('unreachable', 'cannot reach sql1');
      },
    });
    assert.equal((await world.run('status --watch', { session: down })).code, 9);
  });

  test('ends with Ctrl-C, and says that nothing was changed', async () => {
    await using world = await World.create(nodes);
    const ending = new AbortController();
    world.in(5_000, async () => ending.abort(new Failure('interrupted', 'ended by SIGINT')));

    const { code, stderr } = await world.run('status --watch', { signal: ending.signal });

    assert.equal(code, 130);
    assert.match(stderr, /the watching has ended; the cluster goes on as it was/);
  });
});
