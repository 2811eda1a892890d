import assert from 'node:assert/strict';
import { setMaxListeners } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { sql } from 'kysely';
import { findProgram } from '../../src/adapters/find-program.js';
import type { LabHost } from '../../src/lab/host.js';
import { loadLab } from '../../src/lab/load/load.js';
import { labPaths } from '../../src/lab/record.js';
import { bringUp } from '../../src/lab/up.js';
import { pingPath } from '../../src/load-balancer/balancer.js';
import { eventually } from '../support/eventually.js';
import { buildLabPrograms, type LabPrograms, labPlace } from '../support/lab.js';

const { signal } = new AbortController();
setMaxListeners(0, signal);
const haproxy = await findProgram('haproxy');

async function setDrainFlag(host: LabHost, name: string, draining: boolean): Promise<void> {
  await using octopus = host.openDatabase(host.home.pathOf(labPaths.database), { create: false });
  const query = sql`UPDATE dbo.OctopusServerNode SET IsInMaintenanceMode = ${draining} WHERE Name = ${name}`;
  await octopus.change([{ query, expects: 1 }], signal);
}

async function pingsWith(host: LabHost, url: string, status: number): Promise<void> {
  await eventually(async () => {
    const answer = await host.http.send({ url: new URL(pingPath, url).href, timeout: 2_000 }, signal);
    assert.equal(answer.status, status);
  });
}

const load = { rate: 100, time: 60_000, tasksPerSecond: 4, duration: { shortest: 200, longest: 1_000 } };

describe('a lab under load', () => {
  let built: LabPrograms;
  // The lab's processes do not keep their starter alive.
  let waiting: NodeJS.Timeout;

  before(async () => {
    waiting = setInterval(() => {}, 1_000);
    built = await buildLabPrograms();
  });
  after(async () => {
    clearInterval(waiting);
    await built[Symbol.asyncDispose]();
  });

  for (const balancer of ['haproxy', 'own'] as const) {
    const skip = balancer === 'haproxy' && haproxy === undefined && 'haproxy is not installed';
    test(`loses no request and no task while a node behind ${balancer} drains and comes back`, { skip }, async () => {
      await using place = await labPlace(built.programs);
      const { host } = place;
      const { nodes } = await bringUp(host, { nodes: 2, cap: 5, balancer, tell: () => {} }, signal);
      const url = nodes[1]?.url ?? '';
      const stop = new AbortController();

      const loading = loadLab(host, load, stop.signal);
      await host.clock.sleep(1_000, signal);
      await setDrainFlag(host, 'node-2', true);
      await pingsWith(host, url, 418);
      await host.clock.sleep(2_000, signal);
      await setDrainFlag(host, 'node-2', false);
      await pingsWith(host, url, 200);
      await host.clock.sleep(2_000, signal);
      stop.abort();
      const { web, tasks, through } = await loading;

      assert.deepEqual([web.reasons, tasks.lost, through], [{}, [], 'balancer']);
      assert.ok(web.sent >= 400, `${web.sent} requests`);
      assert.ok((web.nodes['node-1'] ?? 0) > (web.nodes['node-2'] ?? 0), JSON.stringify(web.nodes));
      assert.equal(tasks.finished, tasks.submitted);
      assert.ok(tasks.submitted > 10);
    });
  }

  test('tells what is lost when a node is not there and nothing stands in front', async () => {
    await using place = await labPlace(built.programs);
    const { host } = place;
    const options = { nodes: 2, cap: 5, balancer: 'none', watched: false, tell: () => {} } as const;
    const { nodes } = await bringUp(host, options, signal);
    process.kill(nodes[1]?.pid ?? 0, 'SIGKILL');

    const { web, through } = await loadLab(host, { ...load, time: 1_000, tasksPerSecond: 0 }, signal);

    assert.equal(through, 'nodes');
    assert.ok((web.reasons['connection refused'] ?? 0) > 0, JSON.stringify(web));
    assert.equal(web.ok + web.failed, web.sent);
  });
});
