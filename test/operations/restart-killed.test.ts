import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { killedAt } from '../support/killed-at.js';
import { World } from '../support/world.js';

const names = ['web-1', 'web-2', 'web-3'];

async function startedWorld(): Promise<World> {
  const world = await World.create(names.map((name) => ({ name, version: '2025.4.1000' })));
  await world.addTask({ id: 'ServerTasks-1', state: 'Executing', node: 'web-2' });
  world.in(50_000, () => world.endTask('ServerTasks-1'));
  return world;
}

/** Everything that a restart leaves behind, and what it did to each machine. */
async function leavings(world: World) {
  const machines = names.map((name) => {
    const { effects, service, start } = world.machine(name);
    return { name, effects, service, start };
  });
  return { flags: await world.flags(), journal: await world.journal(), machines };
}

for (const [line, again] of [
  ['node restart --all --yes --while-stopped true', 'node restart --all --yes --while-stopped true'],
  ['node stop web-2 --yes', 'node stop web-2 --yes'],
  ['node decommission web-2 --confirm web-2', 'node decommission web-2 --confirm web-2'],
] as const) {
  describe(`${line}, killed and run again`, async () => {
    const undisturbed = killedAt(Number.POSITIVE_INFINITY, 'before');
    await using world = await startedWorld();
    const first = await world.run(line, undisturbed);
    assert.equal(first.code, 0, first.stderr);
    const goal = await leavings(world);

    // The last two calls journal the end and give the lease back; after them the operation is done, and the same
    // command again is one of its own. A kill after a call is one before the next.
    const boundaries = undisturbed.calls - 1;
    test(`ends as an undisturbed one, before each of ${boundaries} calls`, async () => {
      for (let boundary = 0; boundary < boundaries; boundary++) {
        await using killed = await startedWorld();
        const { code } = await killed.run(line, killedAt(boundary, 'before'));
        assert.equal(code, 70, `the kill before call ${boundary} was not felt`);
        assert.ok(await isAtMostOneOut(killed), `two nodes are out before call ${boundary}`);

        killed.dead.add(1);
        const identity = { who: 'bob@desk', pid: 2 };
        const second = await killed.run(again, { identity });

        assert.equal(second.code, 0, `before call ${boundary}: ${second.stderr}`);
        assert.deepEqual(await leavings(killed), goal, `before call ${boundary}`);
      }
    });
  });
}

async function isAtMostOneOut(world: World): Promise<boolean> {
  const flags = await world.flags();
  const out = names.filter((name) => flags[name]?.draining === true || world.machine(name).service === 'inactive');
  return out.length <= 1;
}
