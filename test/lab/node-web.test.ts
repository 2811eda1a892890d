import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { judgePing } from '../../src/operations/ping.js';
import { type SimulatedNode, SimulatedNodes } from '../support/simulated-nodes.js';

const { signal } = new AbortController();

const ask = (node: SimulatedNode, target: string) => node.answer({ method: 'GET', target, headers: {}, body: '' });
const ping = (node: SimulatedNode) => ask(node, '/api/octopusservernodes/ping');

describe("a simulated node's web endpoint", () => {
  test('answers its ping as Octopus does, by its flag as of its last look', async () => {
    await using cluster = await SimulatedNodes.create();
    const node = await cluster.started('node-1');

    const serving = await ping(node);
    await cluster.setDrainFlag('node-1', true);
    const stale = await ping(node);
    await node.poll(signal);
    const draining = await ping(node);

    assert.deepEqual([serving.status, stale.status, draining.status], [200, 200, 418]);
    assert.equal(draining.headers?.['Octopus-Node'], 'node-1');
    assert.deepEqual(JSON.parse(draining.body), {
      Id: 'OctopusServerNodes-node-1',
      Name: 'node-1',
      IsInMaintenanceMode: true,
      IsOffline: false,
      LastSeen: new Date(cluster.clock.now()).toISOString(),
      MaxConcurrentTasks: 5,
      Version: '2025.4.1000',
      Links: { Self: '/api/octopusservernodes/OctopusServerNodes-node-1' },
    });
    assert.deepEqual(judgePing(serving, 'node-1'), { kind: 'answered', draining: false });
    assert.deepEqual(judgePing(draining, 'node-1'), { kind: 'answered', draining: true });
  });

  test('is not in service before it has started, and says so when it goes', async () => {
    await using cluster = await SimulatedNodes.create();
    const node = cluster.node('node-1');

    assert.equal((await ping(node)).status, 503);
    await node.start(signal);
    await node.stop(signal);

    const going = await ping(node);
    assert.equal(going.status, 418);
    assert.equal(JSON.parse(going.body).IsOffline, true);
  });

  test('names its version and installation, and itself everywhere else', async () => {
    await using cluster = await SimulatedNodes.create();
    const node = await cluster.started('node-1');

    const root = JSON.parse((await ask(node, '/api/')).body);
    assert.deepEqual(
      [root.Application, root.Version, root.InstallationId],
      ['Octopus Deploy', '2025.4.1000', 'installation'],
    );
    assert.equal((await ask(node, '/api/serverstatus/hosted/internal')).status, 200);
    const page = await ask(node, '/app#/Spaces-1?a=b');
    assert.equal(page.status, 200);
    assert.match(page.body, /node-1/);
  });

  test('answers a slow request when its time has come', async () => {
    await using cluster = await SimulatedNodes.create();
    const node = await cluster.started('node-1');
    let answered = false;

    const slow = ask(node, '/slow?ms=5000').then(() => {
      answered = true;
    });
    await cluster.clock.advance(4_999);
    assert.equal(answered, false);
    await cluster.clock.advance(1);

    await slow;
  });
});
