import assert from 'node:assert/strict';
import { setMaxListeners } from 'node:events';
import { describe, test } from 'node:test';
import { sql } from 'kysely';
import * as z from 'zod/mini';
import { Failure, type FailureKind } from '../../src/errors.js';
import type { ServedAnswer } from '../../src/ports/http-server.js';
import { type Answering, cable, clientOf, rejection, serve } from '../support/served-api.js';
import { type SimulatedNode, SimulatedNodes } from '../support/simulated-nodes.js';

const { signal } = new AbortController();
setMaxListeners(0, signal);

const idOf = (name: string) => `OctopusServerNodes-${name}`;

const rowsOf = (cluster: SimulatedNodes) =>
  cluster.rows(
    sql`SELECT Name AS name, MaxConcurrentTasks AS cap, IsInMaintenanceMode AS draining FROM dbo.OctopusServerNode ORDER BY Id`,
  );

async function failsWith(kind: FailureKind, message: RegExp, promise: Promise<unknown>): Promise<void> {
  const error = await rejection(promise);
  assert.ok(error instanceof Failure, String(error));
  assert.match(error.message, message);
  assert.equal(error.kind, kind);
}

/** Does something after a node has answered a request of that method, and before its answer arrives. */
const afterwards =
  (
    node: SimulatedNode,
    method: string,
    happens: (answer: ServedAnswer) => Promise<ServedAnswer | undefined>,
  ): Answering =>
  async (request) => {
    const answer = await node.answer(request);
    return request.method === method ? ((await happens(answer)) ?? answer) : answer;
  };

const notFound: ServedAnswer = {
  status: 404,
  headers: { 'Content-Type': 'application/json' },
  body: '{"ErrorMessage":"The resource was not found."}',
};

describe("the client of Octopus' API over a simulated node", () => {
  test('lists the nodes with how they are doing', async () => {
    await using cluster = await SimulatedNodes.create();
    const node = await cluster.started('node-1', { cap: 3 });
    const other = await cluster.started('node-2');
    await cluster.submit(1, { duration: 60_000 });
    await node.poll(signal);
    await other.stop(signal);
    await cluster.setDrainFlag('node-2', true);
    await using served = await serve(node.answer);

    const nodes = await clientOf(served.url).nodes(signal);

    const seen = { lastSeen: new Date(cluster.clock.now()), version: '2025.4.1000' };
    assert.deepEqual(nodes, [
      { id: idOf('node-1'), name: 'node-1', taskCap: 3, draining: false, offline: false, runningTasks: 1, ...seen },
      { id: idOf('node-2'), name: 'node-2', taskCap: 5, draining: true, offline: true, runningTasks: 0, ...seen },
    ]);
    assert.deepEqual(served.asked, ['GET /api/octopusservernodes/summary']);
  });

  for (const [version, missing] of [
    ['without a summary', /summary$/],
    ['that has pages only', /(summary|all)$/],
  ] as const) {
    test(`lists the nodes of a version ${version}`, async () => {
      await using cluster = await SimulatedNodes.create();
      const node = await cluster.started('node-1');
      for (let i = 2; i <= 120; i++) await cluster.started(`node-${i}`);
      await using served = await serve(async (request) =>
        missing.test(request.target) ? notFound : await node.answer(request),
      );

      const nodes = await clientOf(served.url).nodes(signal);

      assert.equal(new Set(nodes.map(({ id }) => id)).size, 120);
      assert.deepEqual(
        nodes.find(({ name }) => name === 'node-1'),
        {
          ...{ id: idOf('node-1'), name: 'node-1', taskCap: 5, draining: false },
          ...{ offline: null, lastSeen: null, runningTasks: null, version: null },
        },
      );
    });
  }

  test('sets and clears the drain flag, and leaves name and cap as they are', async () => {
    await using cluster = await SimulatedNodes.create();
    const node = await cluster.started('node-1', { cap: 7 });
    await using served = await serve(node.answer);
    const api = clientOf(served.url);

    const set = await api.setDrainFlag(idOf('node-1'), true, signal);

    assert.deepEqual([set.changed, set.before.draining, set.after.draining], [true, false, true]);
    assert.deepEqual(await rowsOf(cluster), [{ name: 'node-1', cap: 7, draining: 1 }]);
    await api.setDrainFlag(idOf('node-1'), false, signal);
    assert.deepEqual(await rowsOf(cluster), [{ name: 'node-1', cap: 7, draining: 0 }]);
  });

  test('sets the task cap, also to 0, and leaves the flag as it is', async () => {
    await using cluster = await SimulatedNodes.create();
    const node = await cluster.started('node-1');
    await cluster.setDrainFlag('node-1', true);
    await using served = await serve(node.answer);
    const api = clientOf(served.url);

    assert.equal((await api.setTaskCap(idOf('node-1'), 12, signal)).after.taskCap, 12);
    assert.deepEqual(await rowsOf(cluster), [{ name: 'node-1', cap: 12, draining: 1 }]);
    await api.setTaskCap(idOf('node-1'), 0, signal);
    assert.deepEqual(await rowsOf(cluster), [{ name: 'node-1', cap: 0, draining: 1 }]);
  });

  test('sends nothing where it stands so already', async () => {
    await using cluster = await SimulatedNodes.create();
    const node = await cluster.started('node-1');
    await using served = await serve(node.answer);
    const api = clientOf(served.url);

    assert.equal((await api.setDrainFlag(idOf('node-1'), false, signal)).changed, false);
    assert.equal((await api.setTaskCap(idOf('node-1'), 5, signal)).changed, false);
    assert.deepEqual(
      served.asked.filter((asked) => !asked.startsWith('GET ')),
      [],
    );
  });

  for (const [what, meddling, told] of [
    ['the flag', sql`UPDATE dbo.OctopusServerNode SET IsInMaintenanceMode = 0`, /its drain flag is clear, not set/],
    ['the cap', sql`UPDATE dbo.OctopusServerNode SET MaxConcurrentTasks = 2`, /its task cap is 2, not 5/],
    ['the name', sql`UPDATE dbo.OctopusServerNode SET Name = 'web'`, /its name is web, not node-1/],
  ] as const) {
    test(`says that somebody else changed ${what} at the same moment`, async () => {
      await using cluster = await SimulatedNodes.create();
      const node = await cluster.started('node-1');
      const race = afterwards(node, 'PUT', async () => void (await cluster.execute(meddling)));
      await using served = await serve(race);

      await failsWith('partial', told, clientOf(served.url).setDrainFlag(idOf('node-1'), true, signal));
    });
  }

  test('takes an answer with another cap for an error, whatever is read afterwards', async () => {
    await using cluster = await SimulatedNodes.create();
    const node = await cluster.started('node-1');
    const zero = afterwards(node, 'PUT', async (answer) => ({
      ...answer,
      body: JSON.stringify({ ...JSON.parse(answer.body), MaxConcurrentTasks: 0 }),
    }));
    await using served = await serve(zero);

    await failsWith(
      'partial',
      /its task cap is 0, not 5/,
      clientOf(served.url).setDrainFlag(idOf('node-1'), true, signal),
    );
  });

  test('says that a node was deleted between reading and writing', async () => {
    await using cluster = await SimulatedNodes.create();
    const node = await cluster.started('node-1');
    const gone = afterwards(
      node,
      'GET',
      async () => void (await cluster.execute(sql`DELETE FROM dbo.OctopusServerNode`)),
    );
    await using served = await serve(gone);

    await failsWith('partial', /node-1 was deleted/, clientOf(served.url).setDrainFlag(idOf('node-1'), true, signal));
  });

  test('does not know what became of a change whose answer was lost', async () => {
    await using cluster = await SimulatedNodes.create();
    const node = await cluster.started('node-1');
    await using served = await serve(node.answer);
    await using cut = await cable(served.port, /^PUT /);

    await failsWith(
      'unknown',
      /whether Octopus did PUT .* is not known: .*reset/,
      clientOf(cut.url).setDrainFlag(idOf('node-1'), true, signal),
    );
    assert.deepEqual(await rowsOf(cluster), [{ name: 'node-1', cap: 5, draining: 1 }]);
  });

  test('says that a change was taken which it could not read back', async () => {
    await using cluster = await SimulatedNodes.create();
    const node = await cluster.started('node-1');
    let sent = false;
    await using served = await serve(async (request) => {
      if (sent) return { status: 503, body: '' };
      sent = request.method === 'PUT';
      return await node.answer(request);
    });

    await failsWith(
      'unverified',
      /took the change of node-1, but then: .* 503/,
      clientOf(served.url).setDrainFlag(idOf('node-1'), true, signal),
    );
  });

  test('finishes what it has begun when it is interrupted, and begins nothing then', async () => {
    await using cluster = await SimulatedNodes.create();
    const node = await cluster.started('node-1');
    const ctrlC = new AbortController();
    const interrupting = afterwards(node, 'PUT', async () => void ctrlC.abort(new Error('Ctrl-C')));
    await using served = await serve(interrupting);
    const api = clientOf(served.url);

    const { after } = await api.setDrainFlag(idOf('node-1'), true, ctrlC.signal);

    assert.equal(after.draining, true);
    await assert.rejects(api.setDrainFlag(idOf('node-1'), false, ctrlC.signal), /Ctrl-C/);
    await assert.rejects(api.cancelTask('ServerTasks-1', ctrlC.signal), /Ctrl-C/);
    assert.deepEqual(await rowsOf(cluster), [{ name: 'node-1', cap: 5, draining: 1 }]);
  });

  test('deletes a node, and knows it no more', async () => {
    await using cluster = await SimulatedNodes.create();
    const node = await cluster.started('node-1');
    await cluster.started('node-2');
    await using served = await serve(node.answer);
    const api = clientOf(served.url);

    await api.deleteNode(idOf('node-2'), signal);

    assert.deepEqual(
      (await rowsOf(cluster)).map(({ name }) => name),
      ['node-1'],
    );
    assert.equal((await cluster.rows(sql`SELECT LastSeen FROM dbo.OctopusServerNodeStatus`)).length, 1);
    await failsWith('failed', /knows no node OctopusServerNodes-node-2/, api.node(idOf('node-2'), signal));
    await failsWith('failed', /knows no node/, api.deleteNode(idOf('node-2'), signal));
  });

  test('has a task cancelled, which its node ends', async () => {
    await using cluster = await SimulatedNodes.create();
    const node = await cluster.started('node-1');
    await cluster.submit(2, { duration: 60_000 });
    await node.poll(signal);
    await using served = await serve(node.answer);
    const api = clientOf(served.url);
    const states = async () =>
      (await api.runningTasks(idOf('node-1'), signal)).map(({ id, state }) => `${id} ${state}`);

    await api.cancelTask('ServerTasks-1', signal);
    assert.deepEqual((await states()).toSorted(), ['ServerTasks-1 Cancelling', 'ServerTasks-2 Executing']);
    await node.poll(signal);
    await cluster.clock.advance(0);

    assert.deepEqual(await states(), ['ServerTasks-2 Executing']);
    const ended = await api.task('ServerTasks-1', signal);
    assert.deepEqual(
      [ended?.state, ended?.node, ended?.completedAt instanceof Date],
      ['Canceled', idOf('node-1'), true],
    );
    assert.equal(await api.task('ServerTasks-9', signal), undefined);
    await failsWith('failed', /knows no task ServerTasks-9/, api.cancelTask('ServerTasks-9', signal));
  });

  test('cancels a task that waits at once, and leaves one that has ended', async () => {
    await using cluster = await SimulatedNodes.create();
    const node = await cluster.started('node-1');
    await cluster.submit(2);
    await cluster.execute(sql`UPDATE dbo.ServerTask SET State = 'Success' WHERE Id = 'ServerTasks-2'`);
    await using served = await serve(node.answer);
    const api = clientOf(served.url);

    await api.cancelTask('ServerTasks-1', signal);
    await api.cancelTask('ServerTasks-2', signal);

    assert.deepEqual(await cluster.states(), ['Canceled', 'Success']);
  });

  test('lists the running tasks of one node over many pages', async () => {
    await using cluster = await SimulatedNodes.create();
    const node = await cluster.started('node-1');
    await cluster.submit(260);
    await cluster.execute(
      sql`UPDATE dbo.ServerTask SET State = 'Executing', StartTime = QueueTime, ServerNodeId = ${idOf('node-1')}`,
      sql`UPDATE dbo.ServerTask SET ServerNodeId = ${idOf('node-10')} WHERE Id LIKE '%7'`,
      sql`UPDATE dbo.ServerTask SET State = 'Success' WHERE Id LIKE '%9'`,
      sql`UPDATE dbo.ServerTask SET State = 'Cancelling' WHERE Id LIKE '%1'`,
    );
    await using served = await serve(node.answer);

    const tasks = await clientOf(served.url).runningTasks(idOf('node-1'), signal);

    assert.equal(tasks.length, 208);
    assert.equal(new Set(tasks.map(({ id }) => id)).size, 208);
    assert.equal(tasks.filter(({ state }) => state === 'Cancelling').length, 26);
    assert.equal(served.asked.length, 3);
  });

  test('leaves out what a server lists that does not know its filters', async () => {
    await using cluster = await SimulatedNodes.create();
    const node = await cluster.started('node-1');
    const other = await cluster.started('node-2');
    await cluster.submit(4, { duration: 60_000 });
    for (const one of [node, other]) await one.poll(signal);
    await using served = await serve((request) =>
      node.answer({ ...request, target: request.target.replace(/([?&])(node|states)=[^&]*/g, '$1') }),
    );

    const tasks = await clientOf(served.url).runningTasks(idOf('node-2'), signal);

    assert.ok(tasks.length > 0);
    assert.ok(tasks.every((task) => task.node === idOf('node-2') && task.state === 'Executing'));
  });

  test('reads version, status, licence, and whatever else it is asked for', async () => {
    await using cluster = await SimulatedNodes.create();
    const node = await cluster.started('node-1');
    await using served = await serve(node.answer);
    const api = clientOf(`${served.url}/`);

    assert.deepEqual(await api.root(signal), { version: '2025.4.1000', installationId: 'installation' });
    assert.deepEqual(await api.serverStatus(signal), {
      maintenance: false,
      potentialClone: false,
      databaseEncrypted: true,
    });
    const licence = await api.licenceStatus(signal);
    assert.deepEqual([licence.compliant, licence.nodeTaskLimit, licence.limits], [true, 'unlimited', []]);
    const details = z.object({ RunningTasks: z.number() });
    const path = `/api/octopusservernodes/${idOf('node-1')}/details`;
    assert.deepEqual(await api.get(path, details, signal), { RunningTasks: 0 });
    await failsWith('failed', /has no \/api\/nothing$/, api.get('/api/nothing?a=b', details, signal));
    await failsWith('failed', /\/api is not understood: RunningTasks/, api.get('/api', details, signal));
  });

  test('does not get in with another key, and changes nothing', async () => {
    await using cluster = await SimulatedNodes.create();
    const node = await cluster.started('node-1');
    await using served = await serve(node.answer);
    const api = clientOf(served.url, { key: 'API-OFSOMEBODYELSE' });

    await failsWith('unreachable', /does not accept the API key: .*not valid/, api.nodes(signal));
    await failsWith('unreachable', /does not accept/, api.setDrainFlag(idOf('node-1'), true, signal));
    await failsWith('unreachable', /does not accept/, api.deleteNode(idOf('node-1'), signal));
    await failsWith('unreachable', /does not accept/, api.cancelTask('ServerTasks-1', signal));
    assert.deepEqual(await rowsOf(cluster), [{ name: 'node-1', cap: 5, draining: 0 }]);
  });
});
