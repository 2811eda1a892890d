import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sql } from 'kysely';
import { World } from '../support/world.js';

const version = '2025.4.1000';
const cluster = () => World.create(['web-1', 'web-2', 'web-3'].map((name) => ({ name, version })));
const databaseOf = async (world: World): Promise<string> =>
  JSON.parse((await world.run('status --json')).stdout).cluster.database;

describe('a machine that octo-ha would log in to', () => {
  test("is not touched where its own configuration names another node, whatever the node's ping says", async () => {
    await using world = await cluster();
    const machine = world.machine('web-2');
    machine.configured = { nodeName: 'web-3', databaseName: await databaseOf(world) };

    for (const line of ['node restart web-2 --yes', 'node decommission web-2 --confirm web-2']) {
      const { code, stderr } = await world.run(line);

      assert.equal(code, 3, stderr);
      assert.match(stderr, /the machine described for web-2 is web-3, as its configuration says/);
      assert.match(stderr, /--override identity/);
      assert.equal(machine.highest, 0, 'the machine was shown a token');
    }
  });

  test('is not touched where its configuration names another database', async () => {
    await using world = await cluster();
    world.machine('web-2').configured = { nodeName: 'web-2', databaseName: 'OctopusTest' };

    const { code, stderr } = await world.run('node restart web-2 --yes');

    assert.equal(code, 3, stderr);
    assert.match(stderr, /belongs to the database OctopusTest, as its configuration says/);
  });

  test("is known by its own configuration where the node's ping is not to be had", async () => {
    await using world = await cluster();
    await world.execute([sql`DELETE FROM octo_ha.node WHERE node_id = ${'OctopusServerNodes-web-2'}`]);
    const unproven = await world.run('node restart web-2 --yes');
    world.machine('web-2').configured = { nodeName: 'WEB-2', databaseName: await databaseOf(world) };

    const { code, stderr } = await world.run('node restart web-2 --yes');

    assert.equal(unproven.code, 3, unproven.stderr);
    assert.equal(code, 0, stderr);
  });

  test('is not touched where the same service is described for two nodes', async () => {
    await using world = await cluster();
    const address = { host: 'WEB-3', manager: 'systemd', service: 'octopus', instance: 'OctopusServer', hostKeys: [] };
    await world.execute([
      sql`UPDATE octo_ha.machine SET address = ${JSON.stringify(address)} WHERE node_id = ${'OctopusServerNodes-web-2'}`,
    ]);

    const { code, stderr } = await world.run('node restart web-2 --yes');

    assert.equal(code, 3, stderr);
    assert.match(stderr, /web-2 and web-3 are described as the same service, octopus on WEB-3/);
    assert.deepEqual(world.machine('web-2').effects, []);
  });

  test('is not described as a second node', async () => {
    await using world = await cluster();

    const { code, stderr } = await world.run('node set web-2 --host web-3');
    const same = await world.run('node set web-2 --host web-2');

    assert.equal(code, 3, stderr);
    assert.match(stderr, /octopus on web-3 is described as web-3 already/);
    assert.equal(same.code, 0, same.stderr);
  });
});
