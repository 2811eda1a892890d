import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sql } from 'kysely';
import { taskQueue } from '../../src/lab/node/queue.js';
import { answerTasks } from '../../src/lab/submit.js';
import { SimulatedNodes } from '../support/simulated-nodes.js';

const { signal } = new AbortController();

describe('a simulated node', () => {
  test('takes tasks up to its cap, in the order of the queue, and ends them after their time', async () => {
    await using cluster = await SimulatedNodes.create();
    const node = await cluster.started('node-1', { cap: 2 });
    await cluster.submit(3, { duration: 4_000 });

    await node.poll(signal);
    assert.deepEqual(await cluster.states(), ['Executing on node-1', 'Executing on node-1', 'Queued']);
    await cluster.clock.advance(4_000);
    await node.poll(signal);

    assert.deepEqual(await cluster.states(), ['Success on node-1', 'Success on node-1', 'Executing on node-1']);
  });

  test('leaves the other nodes their share of the queue', async () => {
    await using cluster = await SimulatedNodes.create();
    const nodes = [await cluster.started('node-1'), await cluster.started('node-2'), await cluster.started('node-3')];
    await cluster.submit(9, { duration: 60_000 });

    for (const node of nodes) await node.poll(signal);

    const states = await cluster.states();
    for (const name of ['node-1', 'node-2', 'node-3']) assert.ok(states.includes(`Executing on ${name}`), name);
  });

  test('takes nothing while it drains, and ends what it had taken before', async () => {
    await using cluster = await SimulatedNodes.create();
    const node = await cluster.started('node-1');
    await cluster.submit(1, { duration: 4_000 });
    await node.poll(signal);
    await cluster.setDrainFlag('node-1', true);
    await cluster.submit(1);

    await node.poll(signal);
    await cluster.clock.advance(4_000);
    await node.poll(signal);

    assert.deepEqual(await cluster.states(), ['Success on node-1', 'Queued']);
  });

  test('does not take a task when its flag is set after it has looked at the queue', async () => {
    await using cluster = await SimulatedNodes.create();
    await cluster.started('node-1');
    const queue = taskQueue(cluster.octopus, { name: 'node-1', offlineAfter: 5_000 });
    const [task = ''] = await cluster.submit(1);
    const { self } = await queue.look(1, signal);
    assert.equal(self?.draining, false);
    await cluster.setDrainFlag('node-1', true);

    assert.equal(await queue.take(task, signal), false);
    assert.deepEqual(await cluster.states(), ['Queued']);
  });

  test('takes no task that another node has just taken', async () => {
    await using cluster = await SimulatedNodes.create();
    await cluster.started('node-1');
    await cluster.started('node-2');
    const [task = ''] = await cluster.submit(1);
    const queueOf = (name: string) => taskQueue(cluster.octopus, { name, offlineAfter: 5_000 });

    assert.equal(await queueOf('node-1').take(task, signal), true);
    assert.equal(await queueOf('node-2').take(task, signal), false);
  });

  test('cancels after a crash what it left running', async () => {
    await using cluster = await SimulatedNodes.create();
    const node = await cluster.started('node-1');
    await cluster.submit(1, { duration: 60_000 });
    await node.poll(signal);

    await cluster.started('node-1');

    assert.deepEqual(await cluster.states(), ['Canceled on node-1']);
    const [task] = await cluster.rows(sql`SELECT ErrorMessage AS why FROM dbo.ServerTask`);
    assert.match(String(task?.['why']), /node-1 was restarted/);
  });

  test('says at a clean stop that it is offline, and leaves its tasks until it is back', async () => {
    await using cluster = await SimulatedNodes.create();
    const node = await cluster.started('node-1');
    await cluster.submit(1, { duration: 60_000 });
    await node.poll(signal);

    await node.stop(signal);
    assert.deepEqual(await cluster.states(), ['Executing on node-1']);
    const offline = sql`SELECT IsOffline AS offline FROM dbo.OctopusServerNodeStatus`;
    assert.deepEqual(await cluster.rows(offline), [{ offline: 1 }]);
    await cluster.started('node-1');

    assert.deepEqual(await cluster.states(), ['Canceled on node-1']);
    assert.deepEqual(await cluster.rows(offline), [{ offline: 0 }]);
  });

  test('cancels the tasks of a node that does not come back, and not sooner', async () => {
    await using cluster = await SimulatedNodes.create();
    const lost = await cluster.started('node-1');
    await cluster.submit(1, { duration: 600_000 });
    await lost.poll(signal);
    const other = await cluster.started('node-2');

    await cluster.clock.advance(29_000);
    await other.sweep(signal);
    assert.deepEqual(await cluster.states(), ['Executing on node-1']);
    await cluster.clock.advance(2_000);
    await other.sweep(signal);

    assert.deepEqual(await cluster.states(), ['Canceled on node-1']);
    const [task] = await cluster.rows(sql`SELECT ErrorMessage AS why FROM dbo.ServerTask`);
    assert.match(String(task?.['why']), /node-1 has not been seen since/);
  });

  test('fails the tasks of a node that was deleted', async () => {
    await using cluster = await SimulatedNodes.create();
    const deleted = await cluster.started('node-1');
    await cluster.submit(1, { duration: 600_000 });
    await deleted.poll(signal);
    const other = await cluster.started('node-2');
    await cluster.execute(sql`DELETE FROM dbo.OctopusServerNode WHERE Name = 'node-1'`);

    await other.sweep(signal);

    assert.deepEqual(await cluster.states(), ['Failed on node-1']);
  });

  test('adds itself again when its row was deleted', async () => {
    await using cluster = await SimulatedNodes.create();
    const node = await cluster.started('node-1', { cap: 7 });
    await cluster.execute(sql`DELETE FROM dbo.OctopusServerNode`, sql`DELETE FROM dbo.OctopusServerNodeStatus`);

    await node.beat(signal);

    assert.deepEqual(await cluster.rows(sql`SELECT Id, Name, MaxConcurrentTasks AS cap FROM dbo.OctopusServerNode`), [
      { Id: 'OctopusServerNodes-node-1', Name: 'node-1', cap: 7 },
    ]);
    assert.equal((await cluster.rows(sql`SELECT LastSeen FROM dbo.OctopusServerNodeStatus`)).length, 1);
  });

  test('keeps its drain flag and its cap over a restart', async () => {
    await using cluster = await SimulatedNodes.create();
    await cluster.started('node-1');
    await cluster.execute(sql`UPDATE dbo.OctopusServerNode SET IsInMaintenanceMode = 1, MaxConcurrentTasks = 9`);

    await cluster.started('node-1');

    const kept = sql`SELECT IsInMaintenanceMode AS draining, MaxConcurrentTasks AS cap FROM dbo.OctopusServerNode`;
    assert.deepEqual(await cluster.rows(kept), [{ draining: 1, cap: 9 }]);
  });

  test('keeps a task that waits for a human, and goes on with it although it drains', async () => {
    await using cluster = await SimulatedNodes.create();
    const node = await cluster.started('node-1');
    const other = await cluster.started('node-2');
    await cluster.submit(1, { duration: 4_000, asksHuman: true });
    await node.poll(signal);
    await cluster.clock.advance(2_000);
    const waiting = sql`SELECT State, HasPendingInterruptions AS asks, ServerNodeId AS node FROM dbo.ServerTask WHERE StartTime IS NOT NULL`;
    assert.deepEqual(await cluster.rows(waiting), [{ State: 'Queued', asks: 1, node: 'OctopusServerNodes-node-1' }]);

    await cluster.setDrainFlag('node-1', true);
    await node.poll(signal);
    assert.deepEqual(await cluster.states(), ['Queued on node-1']);
    assert.deepEqual(await answerTasks(cluster.octopus, signal), ['ServerTasks-1']);
    await other.poll(signal);
    await node.poll(signal);
    assert.deepEqual(await cluster.states(), ['Executing on node-1']);
    await cluster.clock.advance(2_000);

    assert.deepEqual(await cluster.states(), ['Success on node-1']);
  });

  test('ends a task that is to be cancelled', async () => {
    await using cluster = await SimulatedNodes.create();
    const node = await cluster.started('node-1');
    await cluster.submit(1, { duration: 60_000 });
    await node.poll(signal);
    await cluster.execute(sql`UPDATE dbo.ServerTask SET State = 'Cancelling'`);

    await node.poll(signal);
    await cluster.clock.advance(0);

    assert.deepEqual(await cluster.states(), ['Canceled on node-1']);
  });

  test('writes the log of a task to the shared folder', async () => {
    await using cluster = await SimulatedNodes.create();
    const node = await cluster.started('node-1');
    await cluster.submit(1, { duration: 4_000 });
    await node.poll(signal);
    await cluster.clock.advance(4_000);

    assert.match(
      cluster.share.files.get('TaskLogs/ServerTasks-1.txt') ?? '',
      /node-1 {2}begins: .*\n.*node-1 {2}Success/,
    );
  });

  test('lives by its intervals: beats, looks at the queue, and stops when it is told', async () => {
    await using cluster = await SimulatedNodes.create();
    const node = await cluster.started('node-1');
    const living = node.live();
    await cluster.submit(1, { duration: 1_000 });

    await cluster.clock.advance(10_000);
    assert.deepEqual(await cluster.states(), ['Success on node-1']);
    const [status] = await cluster.rows(sql`SELECT LastSeen AS seen FROM dbo.OctopusServerNodeStatus`);
    assert.ok(cluster.clock.now() - Date.parse(String(status?.['seen'])) <= 1_000);
    await node.stop(signal);

    await living;
    assert.deepEqual(cluster.told, []);
  });

  test('finds tasks that are queued at the same time under numbers of their own', async () => {
    await using cluster = await SimulatedNodes.create();

    const ids = (await Promise.all([cluster.submit(30), cluster.submit(120), cluster.submit(1)])).flat();

    assert.equal(new Set(ids).size, 151);
  });
});
