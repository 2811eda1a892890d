import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Failure } from '../../src/errors.js';
import type { Session } from '../../src/ports/database.js';
import { World } from '../support/world.js';

const names = ['web-1', 'web-2', 'web-3'];
const outage = 30_000;

async function startedWorld(): Promise<World> {
  const world = await World.create(names.map((name) => ({ name, version: '2025.4.1000' })));
  await world.addTask({ id: 'ServerTasks-1', state: 'Executing', node: 'web-2' });
  world.in(50_000, () => world.endTask('ServerTasks-1'));
  return world;
}

const leavings = async (world: World) => ({
  flags: await world.flags(),
  journal: await world.journal(),
  machines: names.map((name) => {
    const { effects, service, start } = world.machine(name);
    return { effects, service, start };
  }),
});

/** Nobody reaches the database from its nth call on, for half a minute. */
function cutAt(world: World, nth: number) {
  let calls = 0;
  let until = Number.POSITIVE_INFINITY;
  async function reached<T>(call: () => Promise<T>): Promise<T> {
    if (calls++ === nth) until = world.now.getTime() + outage;
    if (calls > nth && world.now.getTime() < until) throw new Failure('unreachable', 'the server does not answer');
    return await call();
  }
  return {
    get calls() {
      return calls;
    },
    session: (real: Session): Session => ({
      ...real,
      read: (statements, signal) => reached(() => real.read(statements, signal)),
      change: (steps, signal) => reached(() => real.change(steps, signal)),
      [Symbol.asyncDispose]: async () => {},
    }),
  };
}

for (const line of [
  'node drain web-2 --yes',
  'node restart --all --yes',
  'node decommission web-2 --confirm web-2',
] as const) {
  describe(`${line}, with the database out of reach for a while`, async () => {
    await using undisturbed = await startedWorld();
    const whole = cutAt(undisturbed, Number.POSITIVE_INFINITY);
    assert.equal((await undisturbed.run(line, whole)).code, 0);
    const goal = await leavings(undisturbed);
    const stride = Math.max(1, Math.floor(whole.calls / 25));
    const from = Math.floor(Math.random() * stride);

    test(`goes on where it was, at every ${stride}th of ${whole.calls} calls from ${from} on`, async () => {
      let goneOn = 0;
      // The last call gives the lease back, which expires by itself.
      for (let nth = from; nth < whole.calls - 1; nth += stride) {
        await using world = await startedWorld();
        const { code, stderr } = await world.run(line, cutAt(world, nth));

        // Before it was begun there is nothing to go on with.
        if ((await world.journal()).length === 0) {
          assert.equal(code, 9, `at call ${nth}: ${stderr}`);
          continue;
        }
        goneOn++;
        assert.equal(code, 0, `at call ${nth}: ${stderr}`);
        assert.deepEqual(await leavings(world), goal, `at call ${nth}`);
      }
      assert.ok(goneOn > 10);
    });
  });
}

describe('a drain through an outage in which the node, too, does not see its flag', () => {
  test('counts the settle window anew, and ends when the node has confirmed it', async () => {
    await using world = await World.create(names.map((name) => ({ name })));
    const began = world.now.getTime();
    world.pings.set('web-2', { status: 200, body: JSON.stringify({ Name: 'web-2', IsInMaintenanceMode: false }) });
    world.in(118_000, async () => void world.pings.delete('web-2'));
    const reached = async <T>(call: () => Promise<T>): Promise<T> => {
      const since = world.now.getTime() - began;
      if (since >= 8_000 && since < 108_000) throw new Failure('unreachable', 'the server does not answer');
      return await call();
    };

    const { code, stdout, stderr } = await world.run('node drain web-2 --yes --json', {
      session: (real) => ({
        ...real,
        read: (statements, signal) => reached(() => real.read(statements, signal)),
        change: (steps, signal) => reached(() => real.change(steps, signal)),
        [Symbol.asyncDispose]: async () => {},
      }),
    });

    assert.equal(code, 0, stderr);
    assert.equal(JSON.parse(stdout).confirmedByNode, true);
  });
});
