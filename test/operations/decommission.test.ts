import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sql } from 'kysely';
import { World } from '../support/world.js';

const cluster = () => World.create(['web-1', 'web-2', 'web-3'].map((name) => ({ name })));
const names = async (world: World) => Object.keys(await world.flags()).sort();

describe('node decommission', () => {
  test('drains, stops, disables and removes the node, and says what remains', async () => {
    await using world = await cluster();
    await world.addTask({ id: 'ServerTasks-1', state: 'Executing', node: 'web-3' });
    world.in(50_000, () => world.endTask('ServerTasks-1'));

    const { code, stdout, stderr } = await world.run('node decommission web-3 --confirm web-3 --json');

    assert.equal(code, 0, stderr);
    const { tasks, remaining } = JSON.parse(stdout);
    assert.deepEqual(tasks, [{ id: 'ServerTasks-1', state: 'Success', fate: 'ended' }]);
    assert.ok(remaining.some((one: string) => one.startsWith('load balancer')));
    assert.deepEqual(await names(world), ['web-1', 'web-2']);
    const { service, start, effects } = world.machine('web-3');
    assert.deepEqual({ service, start }, { service: 'inactive', start: 'masked' });
    assert.deepEqual(effects, ['watchdog-suspend', 'set-start-type disabled', 'service-stop']);
    assert.deepEqual(await world.count('dbo.OctopusServerNodeStatus'), 2);
    assert.deepEqual(await world.count('octo_ha.machine'), 2);
  });

  for (const line of ['node decommission web-3 --confirm web-3', 'node stop web-3 --yes']) {
    test(`keeps a service from starting that has crashed meanwhile: ${line}`, async () => {
      await using world = await cluster();
      const machine = world.machine('web-3');
      await world.addTask({ id: 'ServerTasks-1', state: 'Executing', node: 'web-3' });
      world.in(20_000, async () => {
        machine.service = 'inactive';
        await world.endTask('ServerTasks-1', 'Canceled');
      });

      const { code, stderr } = await world.run(line);

      assert.equal(code, 0, stderr);
      assert.deepEqual(machine.effects, ['watchdog-suspend', 'set-start-type disabled', 'service-stop']);
      assert.equal(machine.start, 'masked');
    });
  }

  test('keeps a service from starting that had stopped before', async () => {
    await using world = await cluster();
    const machine = world.machine('web-3');
    machine.service = 'inactive';

    const { code, stderr } = await world.run('node stop web-3 --yes');

    assert.equal(code, 0, stderr);
    assert.equal(machine.start, 'masked');
  });

  test('wants the name typed', async () => {
    await using world = await cluster();

    const { code, stderr } = await world.run('node decommission web-3 --yes');

    assert.equal(code, 3);
    assert.match(stderr, /--confirm web-3/);
    assert.deepEqual(await names(world), ['web-1', 'web-2', 'web-3']);
  });

  test('leaves a service that can be started by hand where that is asked for', async () => {
    await using world = await cluster();

    await world.run('node decommission web-3 --confirm web-3 --keep-service');

    assert.equal(world.machine('web-3').start, 'disabled');
  });

  test('removes the row of a machine that is gone', async () => {
    await using world = await cluster();
    await world.lose('web-3');
    world.machine('web-3').down = true;
    await world.pass(200_000);

    const { code, stderr } = await world.run('node decommission web-3 --offline --confirm web-3');

    assert.equal(code, 0, stderr);
    assert.deepEqual(await names(world), ['web-1', 'web-2']);
  });

  test('takes no node for gone that lives', async () => {
    await using world = await cluster();

    const { code, stderr } = await world.run('node decommission web-3 --offline --confirm web-3');

    assert.equal(code, 3);
    assert.match(stderr, /web-3 is running: --offline is for a machine that is gone/);
  });

  test('waits as long as the heartbeat moves, and for tasks that are alive', async () => {
    await using world = await cluster();
    await world.addTask({ id: 'ServerTasks-1', state: 'Executing', node: 'web-3' });
    await world.lose('web-3');
    await world.pass(200_000);
    world.in(1_000_000, () => world.endTask('ServerTasks-1', 'Canceled'));
    const began = world.now.getTime();

    const { code, stderr } = await world.run('node decommission web-3 --offline --confirm web-3');

    assert.equal(code, 0, stderr);
    assert.ok(world.now.getTime() - began > 1_000_000 + 120_000);
  });

  test('says that the node has added itself again', async () => {
    await using world = await cluster();
    const addItself = () =>
      world.execute([
        sql`INSERT INTO dbo.OctopusServerNode (Id, Name, JSON, MaxConcurrentTasks, IsInMaintenanceMode)
          VALUES (${'OctopusServerNodes-web-3'}, ${'web-3'}, ${'{}'}, ${5}, ${false})`,
      ]);
    const watch = async () => {
      if ((await names(world)).includes('web-3')) world.in(1_000, watch);
      else world.in(60_000, addItself);
    };
    world.in(1_000, watch);

    const { code, stderr } = await world.run('node decommission web-3 --confirm web-3');

    assert.equal(code, 6);
    assert.match(stderr, /web-3 has added itself again: its service still runs somewhere/);
  });

  test('deletes none of two rows that have one name', async () => {
    await using world = await cluster();
    await world.execute([
      sql`INSERT INTO dbo.OctopusServerNode (Id, Name, JSON, MaxConcurrentTasks, IsInMaintenanceMode)
        VALUES (${'OctopusServerNodes-other'}, ${'WEB-3'}, ${'{}'}, ${5}, ${true})`,
    ]);

    const { code, stderr } = await world.run('node decommission OctopusServerNodes-web-3 --confirm web-3');

    assert.equal(code, 3, stderr);
    assert.match(stderr, /2 rows are web-3: OctopusServerNodes-other, OctopusServerNodes-web-3/);
    assert.ok((await names(world)).includes('web-3'));
    assert.equal((await world.flags())['web-3']?.draining, false);
    assert.deepEqual(world.machine('web-3').effects, []);
  });

  test('does not wait for ever for a node that lives somewhere else, and goes on once it is gone', async () => {
    await using world = await cluster();
    world.machine('web-3');
    const line = 'node decommission web-3 --confirm web-3';
    const first = await world.run(line, {
      shell: (real) => ({
        ...real,
        async run(bootstrap, document, signal) {
          const answer = await real.run(bootstrap, document, signal);
          // Its stop is not seen in the database: another machine goes on as this node.
          if (JSON.parse(document).action === 'service-stop') {
            await world.execute([
              sql`UPDATE dbo.OctopusServerNodeStatus SET IsOffline = ${false}
                WHERE OctopusServerNodeId = ${'OctopusServerNodes-web-3'}`,
            ]);
          }
          return answer;
        },
      }),
    });
    const between = await names(world);
    await world.lose('web-3');

    const { code, stderr } = await world.run(line);

    assert.equal(first.code, 5, first.stderr);
    assert.match(first.stderr, /web-3 still lives: its heartbeat moves; its row stays/);
    assert.ok(between.includes('web-3'));
    assert.equal(code, 0, stderr);
    assert.deepEqual(await names(world), ['web-1', 'web-2']);
  });

  test('goes on when somebody else has deleted its row meanwhile', async () => {
    await using world = await cluster();
    const line = 'node decommission web-3 --confirm web-3';
    const remove = () => world.execute([sql`DELETE FROM dbo.OctopusServerNode WHERE Name = ${'web-3'}`]);
    world.in(150_000, remove);
    const first = await world.run(line);

    const { code, stderr } = await world.run(line);

    assert.equal(first.code, 6, first.stderr);
    assert.match(first.stderr, /web-3 has no row any more: it was deleted meanwhile/);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /its row is gone already/);
  });

  test('leaves nothing behind for a node that takes the name later', async () => {
    await using world = await cluster();
    await world.run('node decommission web-3 --confirm web-3');
    await world.execute([
      sql`INSERT INTO dbo.OctopusServerNode (Id, Name, JSON, MaxConcurrentTasks, IsInMaintenanceMode)
        VALUES (${'OctopusServerNodes-web-3'}, ${'web-3'}, ${'{}'}, ${5}, ${false})`,
      sql`INSERT INTO dbo.OctopusServerNodeStatus (OctopusServerNodeId, LastSeen, IsOffline, Version)
        VALUES (${'OctopusServerNodes-web-3'}, ${world.now}, ${false}, ${'2025.4.1000'})`,
    ]);
    const machine = world.machine('web-3');
    Object.assign(machine, { service: 'active', start: 'static' });
    world.pings.delete('web-3');
    await world.run('node set web-3 --host web-3 --manager systemd --service octopus --url http://web-3.test');
    const stopped = await world.run('node stop web-3 --yes');

    const { code, stderr } = await world.run('node start web-3 --yes');

    assert.equal(stopped.code, 0, stopped.stderr);
    assert.equal(code, 0, stderr);
    assert.equal(machine.start, 'static');
  });
});

describe('operation abort', () => {
  test('brings flag, start type and watchdog back, and says that the service is stopped', async () => {
    await using world = await cluster();
    world.machine('web-2').exitCode = 3;
    const failed = await world.run('node restart web-2 --yes --while-stopped patch');
    const [id = ''] = /\d{8}-\d{6}-\w{4}/.exec(failed.stderr) ?? [];

    const { code, stdout, stderr } = await world.run(`operation abort ${id} --yes`);
    const started = await world.run('node start web-2 --yes');

    assert.equal(code, 0, stderr);
    assert.match(stdout, /the service of web-2 starts as it did before/);
    assert.match(stdout, /the service of web-2 is stopped; start it: octo-ha node start web-2/);
    assert.equal((await world.flags())['web-2']?.draining, false);
    assert.equal(world.machine('web-2').start, 'enabled');
    assert.equal(started.code, 0, started.stderr);
    assert.equal(world.machine('web-2').service, 'active');
  });

  test('says what it could not bring back', async () => {
    await using world = await cluster();
    world.machine('web-2').exitCode = 3;
    const failed = await world.run('node restart web-2 --yes --while-stopped patch');
    const [id = ''] = /\d{8}-\d{6}-\w{4}/.exec(failed.stderr) ?? [];
    world.machine('web-2').down = true;

    const { stdout } = await world.run(`operation abort ${id} --yes`);

    assert.match(stdout, /its start type \(found as enabled\) of web-2: the machine cannot be reached/);
  });
});
