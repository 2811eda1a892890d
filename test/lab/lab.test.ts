import assert from 'node:assert/strict';
import { setMaxListeners } from 'node:events';
import { access, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { listProcesses } from '../../src/adapters/process-list.js';
import { clusterDatabase } from '../../src/database/database.js';
import { sqlite } from '../../src/database/dialects/sqlite.js';
import { Failure } from '../../src/errors.js';
import { takeDown } from '../../src/lab/down.js';
import type { LabHost } from '../../src/lab/host.js';
import { lookAtLab, requireLab } from '../../src/lab/look.js';
import { stopNode } from '../../src/lab/nodes.js';
import { findLabProcesses } from '../../src/lab/processes.js';
import { labPaths } from '../../src/lab/record.js';
import { bringUp, type UpOptions } from '../../src/lab/up.js';
import { readStatus } from '../../src/operations/read-status.js';
import { eventually } from '../support/eventually.js';
import { buildLabPrograms, type LabPrograms, labPlace } from '../support/lab.js';

const { signal } = new AbortController();
setMaxListeners(0, signal);

const up = (host: LabHost, options: Partial<UpOptions> = {}) =>
  bringUp(host, { nodes: 2, cap: 5, balancer: 'none', tell: () => {}, ...options }, signal);

/** The cluster as octo-ha sees it. */
async function statusOf(host: LabHost) {
  await using octopus = host.openDatabase(host.home.pathOf(labPaths.database), { create: false });
  await using database = clusterDatabase(octopus.session, sqlite, { own: '' });
  const { http, clock } = host;
  return await readStatus(
    {
      context: 'lab',
      database,
      dialect: sqlite,
      ownTables: { place: 'the lab', open: async () => octopus.session },
      http,
      api: async () => undefined,
      clock,
      nodeUrl: undefined,
      octopusServerOn: () => undefined,
      shellOn: () => Promise.reject(new Error('nobody logs in here')),
      ca: undefined,
      timeout: 5_000,
    },
    signal,
  );
}

const statesOf = async (host: LabHost) =>
  Object.fromEntries((await statusOf(host)).nodes.map(({ name, state }) => [name, state]));

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

describe('a lab', () => {
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

  test('comes up with processes of its own, and goes without leaving a process or a file', async () => {
    await using place = await labPlace(built.programs);
    const { host, home } = place;

    const look = await up(host);
    const { nodes } = look;
    assert.deepEqual(await statesOf(host), { 'node-1': 'running', 'node-2': 'running' });
    assert.equal(new Set(nodes.map(({ pid }) => pid)).size, 2);
    assert.ok((await readdir(join(home, 'share'))).includes('TaskLogs'));

    const down = await takeDown(host, signal);

    assert.deepEqual(down, { processes: 3, killed: 0, existed: true });
    assert.equal((await findLabProcesses(host)).size, 0);
    assert.equal(await exists(home), false);
    // What has ended may wait for whoever adopted it.
    assert.deepEqual(await listProcesses(nodes.map(({ pid }) => pid ?? 0)), []);
    assert.deepEqual(await takeDown(host, signal), { processes: 0, killed: 0, existed: false });
  });

  test('is left as it is by another up, which adds what is wanted besides', async () => {
    await using place = await labPlace(built.programs);
    const { host } = place;
    const first = await up(host, { nodes: 1, balancer: 'own' });

    const again = await up(host, { nodes: undefined, balancer: 'auto' });
    const more = await up(host, { nodes: 2, balancer: 'own' });

    assert.deepEqual(again, first);
    assert.deepEqual(more.nodes[0], first.nodes[0]);
    assert.deepEqual(more.balancer, first.balancer);
    const answering = new Set<string | undefined>();
    await eventually(async () => {
      const answer = await host.http.send({ url: more.balancer?.url ?? '', timeout: 2_000 }, signal);
      answering.add(answer.headers['octopus-node']);
      assert.deepEqual([...answering].toSorted(), ['node-1', 'node-2']);
    });
    await assert.rejects(up(host, { nodes: 1, balancer: 'auto' }), /the lab that is there has 2 nodes/);
    await assert.rejects(up(host, { nodes: 2, balancer: 'none' }), /the lab that is there has balancer own/);
  });

  test('loses a node that is killed, tells it as offline, and starts it again', async () => {
    await using place = await labPlace(built.programs);
    const { host } = place;
    const { nodes } = await up(host, { watched: false });

    assert.equal(await stopNode(host, 'node-2', 'kill', signal), true);
    assert.equal((await lookAtLab(host, await requireLab(host))).nodes[1]?.pid, null);
    await eventually(async () => assert.equal((await statesOf(host))['node-2'], 'offline'));
    const again = await up(host);

    assert.deepEqual(await statesOf(host), { 'node-1': 'running', 'node-2': 'running' });
    assert.deepEqual([again.nodes[0]?.pid, again.nodes[1]?.url], [nodes[0]?.pid, nodes[1]?.url]);
    assert.notEqual(again.nodes[1]?.pid, nodes[1]?.pid);
  });

  test('tells a node as offline at once when it is stopped in good order', async () => {
    await using place = await labPlace(built.programs);
    const { host } = place;
    await up(host, { watched: false });

    await stopNode(host, 'node-1', 'stop', signal);

    assert.deepEqual(await statesOf(host), { 'node-1': 'offline', 'node-2': 'running' });
  });

  test('ends by itself when its directory is deleted', async () => {
    await using place = await labPlace(built.programs);
    const { host, home } = place;
    await up(host, { balancer: 'own' });

    await rm(home, { recursive: true, force: true });

    await eventually(async () => assert.equal((await findLabProcesses(host)).size, 0));
  });

  test('ends a node whose machine it does not know', async () => {
    await using place = await labPlace(built.programs);
    const { host } = place;
    await up(host);
    const known = ['machines.json', 'node-1.json', 'node-2.json'];
    const [port = 0] = await host.ports.free(1);
    const settings = JSON.parse((await host.home.read('run/node-1.json')) ?? '');
    await host.home.write('run/node-9.json', JSON.stringify({ ...settings, name: 'node-9', port }));
    const { file, args } = host.programs.node;
    const program = { file, args: [...args, host.home.pathOf('run/node-9.json')] };

    const { ended } = await host.processes.start(program, host.home.pathOf('logs/node-9.log'));

    assert.equal(await ended, 0);
    assert.match((await host.home.read('logs/node-9.log')) ?? '', /node-9 ends: its lab is gone/);
    assert.deepEqual([...(await findLabProcesses(host)).keys()].toSorted(), known);
  });

  test('is taken down also when its record is lost or broken, and when a command was killed holding the lock', async () => {
    await using place = await labPlace(built.programs);
    const { host, home } = place;
    await up(host);
    await writeFile(join(home, labPaths.record), '{ half');
    await writeFile(join(home, labPaths.lock), JSON.stringify({ pid: process.pid, started: 'before', parent: 1 }));
    await writeFile(join(home, `${labPaths.record}.1.new`), '{');

    const { processes } = await takeDown(host, signal);

    assert.equal(processes, 3);
    assert.equal(await exists(home), false);
  });

  test('lets one command at a time change it', async () => {
    await using place = await labPlace(built.programs);
    const { host } = place;

    const both = await Promise.allSettled([up(host, { nodes: 1 }), up(host, { nodes: 1 })]);

    const failures = both.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    assert.equal(failures.length, 1);
    assert.ok(failures[0] instanceof Failure && failures[0].kind === 'busy', String(failures[0]));
  });

  test('takes another port when somebody else has taken the one it chose', async () => {
    await using place = await labPlace(built.programs);
    await using other = await labPlace(built.programs);
    const { nodes } = await up(other.host, { nodes: 1 });
    const taken = Number(new URL(nodes[0]?.url ?? '').port);
    let asked = 0;
    const free = async (count: number) => {
      const ports = await other.host.ports.free(count);
      return asked++ === 0 ? [...ports.slice(0, -1), taken] : ports;
    };

    const look = await up({ ...place.host, ports: { ...place.host.ports, free } }, { nodes: 1 });

    assert.notEqual(look.nodes[0]?.url, nodes[0]?.url);
    assert.deepEqual(await statesOf(place.host), { 'node-1': 'running' });
    assert.deepEqual(await statesOf(other.host), { 'node-1': 'running' });
  });

  test('makes no home in a directory that holds something else', async () => {
    await using place = await labPlace(built.programs);
    const { host, home } = place;
    await host.home.makeDirectory('.');
    await writeFile(join(home, 'thesis.txt'), 'important');

    await assert.rejects(up(host), /holds something that is not a lab's: thesis.txt/);
    await takeDown(host, signal);

    assert.deepEqual(await readdir(home), ['thesis.txt']);
    assert.deepEqual(await readdir(dirname(home)), ['lab']);
  });

  const onTwoBusyCores = { within: 120_000 };
  test('has room for twenty nodes that all are alive', { timeout: 180_000 }, async () => {
    await using place = await labPlace(built.programs);
    const { host } = place;
    await up(host, { nodes: 20 });
    const first = await statusOf(host);
    assert.equal(first.nodes.length, 20);

    await eventually(async () => {
      const now = await statusOf(host);
      for (const [i, { name, state, lastSeen }] of now.nodes.entries()) {
        assert.equal(state, 'running', name);
        assert.ok(Number(lastSeen) > Number(first.nodes[i]?.lastSeen), `${name} has not moved`);
      }
    }, onTwoBusyCores);
  });
});
