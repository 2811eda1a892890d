import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Failure } from '../../src/errors.js';
import type { Session } from '../../src/ports/database.js';
import { busyWorld, everyOperation, leavings } from '../support/every-operation.js';
import { World } from '../support/world.js';

const outage = 30_000;

/**
 * Nobody reaches the database from its nth call on, for half a minute. `at-once`: that call is not made any more;
 * `unanswered`: it is made, and contact is lost before its answer.
 */
function cutAt(world: World, nth: number, how: 'at-once' | 'unanswered' = 'at-once') {
  let calls = 0;
  let until = Number.POSITIVE_INFINITY;
  async function reached<T>(call: () => Promise<T>, lost: 'unreachable' | 'unknown'): Promise<T> {
    const mine = calls++;
    if (mine === nth) until = world.now.getTime() + outage;
    if (mine === nth && how === 'unanswered') {
      await call();
      throw new Failure(lost, 'contact with the server was lost');
    }
    if (mine >= nth && world.now.getTime() < until) throw new Failure('unreachable', 'the server does not answer');
    return await call();
  }
  return {
    get calls() {
      return calls;
    },
    session: (real: Session): Session => ({
      ...real,
      read: (statements, signal) => reached(() => real.read(statements, signal), 'unreachable'),
      change: (steps, signal) => reached(() => real.change(steps, signal), 'unknown'),
      [Symbol.asyncDispose]: async () => {},
    }),
  };
}

/** What has to be done before it. */
const earlier: Partial<Record<(typeof everyOperation)[number], string>> = {
  'node undrain web-2': 'node drain web-2 --yes',
  'node start web-2 --yes': 'node stop web-2 --yes',
};

for (const line of everyOperation) {
  async function worldBefore(): Promise<World> {
    const world = await busyWorld();
    const before = earlier[line];
    if (before !== undefined) assert.equal((await world.run(before)).code, 0);
    return world;
  }

  describe(`${line}, with the database out of reach for a while`, async () => {
    await using undisturbed = await worldBefore();
    const already = (await undisturbed.journal()).length;
    const whole = cutAt(undisturbed, Number.POSITIVE_INFINITY);
    assert.equal((await undisturbed.run(line, whole)).code, 0);
    const goal = await leavings(undisturbed);
    const stride = Math.max(1, Math.floor(whole.calls / 8));
    const from = Math.floor(Math.random() * stride);

    test(`goes on where it was, at every ${stride}th of ${whole.calls} calls from ${from} on`, async () => {
      let goneOn = 0;
      // The last call gives the lease back, which expires by itself.
      for (let nth = from; nth < whole.calls - 1; nth += stride) {
        await using world = await worldBefore();
        const { code, stderr } = await world.run(line, cutAt(world, nth));

        // Before it was begun there is nothing to go on with.
        if ((await world.journal()).length === already) {
          assert.equal(code, 9, `at call ${nth}: ${stderr}`);
          continue;
        }
        goneOn++;
        assert.equal(code, 0, `at call ${nth}: ${stderr}`);
        assert.deepEqual(await leavings(world), goal, `at call ${nth}`);
      }
      assert.ok(goneOn > 0);
    });

    test(`goes on, or does not know its result and is finished by resuming it, when that call was made`, async () => {
      const codes = new Set<number>();
      for (let nth = from; nth < whole.calls - 1; nth += stride) {
        await using world = await worldBefore();
        const { code, stderr } = await world.run(line, cutAt(world, nth, 'unanswered'));
        const [id = ''] = /\d{8}-\d{6}-\w{4}/.exec(stderr) ?? [];
        // Whoever goes on finds a lease that nobody gave back.
        const again = code === 7 ? [await world.run(`operation resume ${id} --wait-lease 1m`)] : [];

        if ((await world.journal()).length === already) {
          assert.ok(code === 9 || code === 7, `at call ${nth}: ${code}: ${stderr}`);
          continue;
        }
        codes.add(code);
        assert.ok(code === 0 || code === 7, `at call ${nth}: ${code}: ${stderr}`);
        for (const resumed of again) assert.equal(resumed.code, 0, `at call ${nth}: ${stderr}\n${resumed.stderr}`);
        assert.deepEqual(await leavings(world), goal, `at call ${nth}`);
      }
      assert.ok(codes.size > 0);
    });
  });
}

/** Nobody reaches the database from the first of these milliseconds on until the second. */
function between(world: World, from: number, to: number) {
  const began = world.now.getTime();
  async function reached<T>(call: () => Promise<T>): Promise<T> {
    const since = world.now.getTime() - began;
    if (since >= from && since < to) throw new Failure('unreachable', 'the server does not answer');
    return await call();
  }
  return (real: Session): Session => ({
    ...real,
    read: (statements, signal) => reached(() => real.read(statements, signal)),
    change: (steps, signal) => reached(() => real.change(steps, signal)),
    [Symbol.asyncDispose]: async () => {},
  });
}

describe('an outage in which the node, too, does not see its flag', () => {
  const says = (draining: boolean) => ({
    status: draining ? 418 : 200,
    body: JSON.stringify({ Name: 'web-2', IsInMaintenanceMode: draining }),
  });

  test('has a drain count the settle window anew, and end when the node has confirmed it', async () => {
    await using world = await World.create(['web-1', 'web-2', 'web-3'].map((name) => ({ name })));
    world.pings.set('web-2', says(false));
    world.in(118_000, async () => void world.pings.delete('web-2'));

    const { code, stdout, stderr } = await world.run('node drain web-2 --yes --json', {
      session: between(world, 8_000, 108_000),
    });

    assert.equal(code, 0, stderr);
    assert.equal(JSON.parse(stdout).confirmedByNode, true);
  });

  test('has an undrain wait for its ping anew', async () => {
    await using world = await World.create(['web-1', 'web-2', 'web-3'].map((name) => ({ name })));
    await world.run('node drain web-2 --yes');
    world.pings.set('web-2', says(true));
    world.in(118_000, async () => void world.pings.delete('web-2'));

    const { code, stderr } = await world.run('node undrain web-2', { session: between(world, 8_000, 108_000) });

    assert.equal(code, 0, stderr);
    assert.equal((await world.flags())['web-2']?.draining, false);
  });
});
