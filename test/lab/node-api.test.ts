import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sql } from 'kysely';
import { serve } from '../support/served-api.js';
import { apiKey, type SimulatedNode, SimulatedNodes } from '../support/simulated-nodes.js';

const { signal } = new AbortController();

const id = 'OctopusServerNodes-node-1';
const nodePath = `/api/octopusservernodes/${id}`;

async function ask(node: SimulatedNode, line: string, body: unknown = '', headers = { 'x-octopus-apikey': apiKey }) {
  const [method = '', target = ''] = line.split(' ');
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const answer = await node.answer({ method, target, headers, body: text });
  assert.match(answer.headers?.['Content-Type'] ?? '', /^application\/json/);
  assert.equal(answer.headers?.['Octopus-Node'], 'node-1');
  return { status: answer.status, body: JSON.parse(answer.body) };
}

const rows = (cluster: SimulatedNodes) =>
  cluster.rows(
    sql`SELECT Name AS name, MaxConcurrentTasks AS cap, IsInMaintenanceMode AS draining FROM dbo.OctopusServerNode`,
  );

describe("a simulated node's API", () => {
  test('lets nobody in without the key, and everybody see its ping and its version', async () => {
    await using cluster = await SimulatedNodes.create();
    const node = await cluster.started('node-1');

    for (const line of [`GET ${nodePath}`, `PUT ${nodePath}`, 'POST /api/tasks/x/cancel', 'GET /api/nothing']) {
      const [without, wrong, empty] = await Promise.all([
        ask(node, line, {}, {} as never),
        ask(node, line, {}, { 'x-octopus-apikey': `${apiKey}x` }),
        ask(node, line, {}, { 'x-octopus-apikey': '' }),
      ]);
      assert.deepEqual([without.status, wrong.status, empty.status], [401, 401, 401], line);
      assert.match(without.body.ErrorMessage, /must be logged in/);
      assert.match(wrong.body.ErrorMessage, /not valid/);
    }
    for (const line of ['GET /api', 'GET /api/octopusservernodes/ping']) {
      assert.equal((await ask(node, line, '', {} as never)).status, 200);
    }
    assert.deepEqual(await rows(cluster), [{ name: 'node-1', cap: 5, draining: 0 }]);
  });

  test('renames a node that is sent back under another name', async () => {
    await using cluster = await SimulatedNodes.create();
    const node = await cluster.started('node-1');

    const sent = { Id: id, Name: 'Node-1 ', MaxConcurrentTasks: 5, IsInMaintenanceMode: true };
    const { status, body } = await ask(node, `PUT ${nodePath}`, sent);

    assert.deepEqual([status, body.Name], [200, 'Node-1 ']);
    assert.deepEqual(await rows(cluster), [{ name: 'Node-1 ', cap: 5, draining: 1 }]);
  });

  test('sets the cap to 0 when none is sent', async () => {
    await using cluster = await SimulatedNodes.create();
    const node = await cluster.started('node-1');

    const { body } = await ask(node, `PUT ${nodePath}`, { Id: id, IsInMaintenanceMode: true });

    assert.equal(body.MaxConcurrentTasks, 0);
    assert.deepEqual(await rows(cluster), [{ name: 'node-1', cap: 0, draining: 1 }]);
  });

  for (const [what, line, body, status] of [
    ['a body that is no JSON', `PUT ${nodePath}`, '{"Id":', 400],
    ['a cap that is none', `PUT ${nodePath}`, { Id: id, MaxConcurrentTasks: -1 }, 400],
    ['another node than the path names', `PUT ${nodePath}`, { Id: 'OctopusServerNodes-2' }, 400],
    ['a node that there is not', 'PUT /api/octopusservernodes/x', { Id: 'x' }, 404],
    ['the details of a node that there is not', 'GET /api/octopusservernodes/x/details', '', 404],
    ['to delete a node that there is not', 'DELETE /api/octopusservernodes/x', '', 404],
    ['to delete all nodes', 'DELETE /api/octopusservernodes', '', 405],
    ['to cancel a task that there is not', 'POST /api/tasks/x/cancel', '', 404],
    ['what there is not', 'GET /api/spaces', '', 404],
    ['a path that cannot be decoded', 'GET /api/octopusservernodes/%E0%A4%A', '', 400],
  ] as const) {
    test(`refuses ${what}`, async () => {
      await using cluster = await SimulatedNodes.create();
      const node = await cluster.started('node-1');

      const answer = await ask(node, line, body);

      assert.equal(answer.status, status);
      assert.ok(answer.body.ErrorMessage.length > 0);
      assert.deepEqual(await rows(cluster), [{ name: 'node-1', cap: 5, draining: 0 }]);
    });
  }

  test('does not read a body without end', async () => {
    await using cluster = await SimulatedNodes.create();
    const node = await cluster.started('node-1');
    await using served = await serve(node.answer);
    const body = JSON.stringify({ Id: id, MaxConcurrentTasks: 9, Padding: 'x'.repeat(3 * 1024 * 1024) });

    const answer = await fetch(`${served.url}${nodePath}`, {
      method: 'PUT',
      headers: { 'X-Octopus-ApiKey': apiKey },
      body,
    });

    assert.equal(answer.status, 400);
    assert.deepEqual(await rows(cluster), [{ name: 'node-1', cap: 5, draining: 0 }]);
  });

  test('gives lists by pages, and what is asked for only', async () => {
    await using cluster = await SimulatedNodes.create();
    const node = await cluster.started('node-1');
    const other = await cluster.started('node-2');
    await cluster.submit(4, { duration: 60_000 });
    await node.poll(signal);
    await other.poll(signal);
    await cluster.execute(sql`UPDATE dbo.ServerTask SET State = 'Cancelling' WHERE ServerNodeId = ${id}`);
    const states = async (query: string) => {
      const { body } = await ask(node, `GET /api/tasks?${query}`);
      return [body.TotalResults, body.Items.map(({ State }: { State: string }) => State)];
    };
    const [mine] = await cluster.rows(sql`SELECT COUNT(*) AS n FROM dbo.ServerTask WHERE ServerNodeId = ${id}`);
    const own = Number(mine?.['n']);
    assert.ok(own > 0 && own < 4);

    assert.deepEqual(await states(`node=${id}&states=Executing,Cancelling`), [own, Array(own).fill('Cancelling')]);
    assert.deepEqual(await states(`node=${id}&states=Executing`), [0, []]);
    assert.equal((await states('running=true'))[0], 4);
    assert.deepEqual(await states('states=Success'), [0, []]);
    assert.equal((await states('skip=1&take=2'))[1].length, 2);
    assert.equal((await states('skip=3&take=2'))[1].length, 1);
    const { body } = await ask(node, 'GET /api/octopusservernodes?skip=1&take=1');
    assert.deepEqual([body.TotalResults, body.Items.length, body.Items[0].Name], [2, 1, 'node-2']);
    assert.equal((await ask(node, 'GET /api/octopusservernodes/all')).body.length, 2);
    assert.equal((await ask(node, `GET ${nodePath}/details`)).body.RunningTasks, own);
  });

  test('has a maintenance mode of the whole cluster, which is no drain', async () => {
    await using cluster = await SimulatedNodes.create();
    const node = await cluster.started('node-1');
    const other = await cluster.started('node-2');
    const path = '/api/maintenanceconfiguration';

    assert.equal((await ask(node, `GET ${path}`)).body.IsInMaintenanceMode, false);
    const { body } = await ask(node, `PUT ${path}`, { Id: 'maintenance', IsInMaintenanceMode: true });

    assert.deepEqual([body.Id, body.IsInMaintenanceMode], ['maintenance', true]);
    const status = await other.answer({
      method: 'GET',
      target: '/api/serverstatus',
      headers: { 'x-octopus-apikey': apiKey },
      body: '',
    });
    assert.equal(JSON.parse(status.body).IsInMaintenanceMode, true);
    await node.poll(signal);
    assert.equal((await ask(node, 'GET /api/octopusservernodes/ping')).status, 200);
  });
});
