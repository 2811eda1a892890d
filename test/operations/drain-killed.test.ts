import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { killedAt } from '../support/killed-at.js';
import { World } from '../support/world.js';

async function startedWorld(): Promise<World> {
  const world = await World.create([{ name: 'web-1' }, { name: 'web-2' }, { name: 'web-3' }]);
  await world.addTask({ id: 'ServerTasks-1', state: 'Executing', node: 'web-2' });
  world.in(50_000, () => world.endTask('ServerTasks-1'));
  return world;
}

describe('a drain that is killed and run again', async () => {
  const undisturbed = killedAt(Number.POSITIVE_INFINITY, 'before');
  await using world = await startedWorld();
  const { code, stdout } = await world.run('node drain web-2 --yes --json', undisturbed);
  assert.equal(code, 0);
  const goal = { flags: await world.flags(), journal: await world.journal() };

  for (const when of ['before', 'after'] as const) {
    // The last two calls journal the end and give the lease back; after them the drain is done, and the same command
    // again is a drain of its own.
    const boundaries = undisturbed.calls - (when === 'before' ? 1 : 2);
    for (let boundary = 0; boundary < boundaries; boundary++) {
      test(`ends as an undisturbed one: ${when} call ${boundary + 1} of ${boundaries}`, async () => {
        await using again = await startedWorld();
        const first = await again.run('node drain web-2 --yes', killedAt(boundary, when));
        assert.equal(first.code, 70, 'the kill was not felt');

        again.dead.add(1);
        const identity = { who: 'bob@desk', pid: 2 };
        const second = await again.run('node drain web-2 --yes --json', { identity });

        assert.equal(second.code, 0, second.stderr);
        assert.deepEqual({ flags: await again.flags(), journal: await again.journal() }, goal);
        const { outcome, confirmedByNode } = JSON.parse(second.stdout);
        assert.deepEqual(
          { outcome, confirmedByNode },
          { outcome: 'drained', confirmedByNode: JSON.parse(stdout).confirmedByNode },
        );
      });
    }
  }
});
