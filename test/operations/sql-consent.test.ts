import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { World } from '../support/world.js';

async function freshCluster(): Promise<World> {
  const world = await World.create([{ name: 'web-1' }, { name: 'web-2' }]);
  await world.execute(["DELETE FROM octo_ha.setting WHERE name = 'consent.sql'"]);
  return world;
}

describe('the first change of a cluster through its database', () => {
  test('asks once, and keeps the answer with the cluster', async () => {
    await using world = await freshCluster();

    const first = await world.run('node drain web-1', { answers: ['y', 'y'] });
    const second = await world.run('node undrain web-1', { identity: { who: 'bob@desk', pid: 2 }, answers: ['y'] });

    assert.equal(first.code, 0, first.stderr);
    assert.match(first.stderr, /the drain flag and the task cap/);
    assert.deepEqual(first.asked, ['Drain web-1?', "May octo-ha write this to Octopus' database from now on?"]);
    assert.equal(second.code, 0, second.stderr);
    assert.deepEqual(second.asked, ['Give web-1 tasks again all the same?']);
  });

  test('changes nothing without it', async () => {
    await using world = await freshCluster();

    const refused = await world.run('node drain web-1', { answers: ['y', 'n'] });
    const unasked = await world.run('node drain web-1 --confirm web-1');

    assert.deepEqual([refused.code, unasked.code], [3, 3]);
    assert.deepEqual(await world.journal(), []);
    assert.equal((await world.flags())['web-1']?.draining, false);
  });

  test('is consented to by --yes', async () => {
    await using world = await freshCluster();

    const { code } = await world.run('node drain web-1 --yes');

    assert.equal(code, 0);
    assert.equal(await world.count("octo_ha.setting WHERE name = 'consent.sql'"), 1);
  });
});
