import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { after, before, beforeEach, describe, test } from 'node:test';
import { sql } from 'kysely';
import { sshShell } from '../../src/adapters/ssh/ssh-shell.js';
import type { Shell } from '../../src/ports/shell.js';
import { type LinuxMachine, linuxMachine } from '../support/linux-machine.js';
import { insertNode } from '../support/octopus-rows.js';
import { type OctopusShape, octopusShapes } from '../support/octopus-shapes.js';
import { type Keys, makeKeys, type OpenSsh, publicKey, startOpenSsh, withoutOpenSsh } from '../support/open-ssh.js';
import { World } from '../support/world.js';

const shape = octopusShapes.find(({ name }) => name === '2021 and later') as OctopusShape;
const version = '2025.4.1000';
const secrets = { MASTER_KEY: 'bWFzdGVyLWtleS0xMjM0NQ==', DB_CONNECTION_STRING: 'Server=sql;Password=geheim' };

/** Docker is a stand-in, on a machine that is reached by a real SSH server. */
describe('a node in a container', { skip: withoutOpenSsh }, () => {
  let keys: Keys;
  let linux: LinuxMachine;
  let server: OpenSsh;
  let ssh: Shell;
  before(async () => {
    keys = await makeKeys();
    linux = await linuxMachine({ manager: 'docker' });
    server = await startOpenSsh(keys, { settings: [`SetEnv PATH=${linux.environment['PATH']}`] });
    await writeFile(keys.path('known'), `[127.0.0.1]:${server.port} ${await publicKey(server.hostKeys.ed25519)}\n`);
    const configuration = [
      `UserKnownHostsFile ${keys.path('known')}`,
      'GlobalKnownHostsFile none',
      'IdentityAgent none',
    ];
    await writeFile(keys.path('config'), `${configuration.join('\n')}\n`);
    ssh = sshShell(
      { host: '127.0.0.1', port: server.port, user: server.user, keyFiles: [keys.plain] },
      { ask: async () => undefined, configuration: { file: keys.path('config') } },
    );
  });
  after(async () => {
    await ssh?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
    await linux?.[Symbol.asyncDispose]();
    await keys?.[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    await linux.write('calls', '');
    await linux.write('active', 'running\n');
    await linux.write('start', 'unless-stopped:0\n');
  });

  /** The container is the node `web-3`; what Docker does to it, the cluster sees. */
  async function worldWith(registered: boolean) {
    const nodes = ['web-1', 'web-2', ...(registered ? ['web-3'] : [])];
    const world = await World.create(nodes.map((name) => ({ name, version })));
    const address = {
      host: '127.0.0.1',
      manager: 'docker',
      service: 'octopus',
      instance: 'OctopusServer',
      hostKeys: [],
    };
    await world.execute([
      sql`UPDATE octo_ha.machine SET address = ${JSON.stringify(address)} WHERE node_id = 'OctopusServerNodes-web-3'`,
    ]);
    if (!registered) world.pings.set('web-3', 'down');
    const state = Buffer.from(linux.path(`state-${Math.random()}`)).toString('base64');
    const shell = (real: Shell): Shell =>
      real !== world.machine('web-3').shell
        ? real
        : {
            ...ssh,
            async run(bootstrap, document, signal) {
              // Doctor's look at the machine would find this machine's time, which is not the world's.
              if (!document.includes('"verb"')) return { exitCode: 1, stdout: '', stderr: 'not told' };
              const before = (await linux.read('active')).trim();
              const said = await ssh.run(bootstrap, document.replace(/^\{\n/, `{\n"state":"${state}",\n`), signal);
              const now = (await linux.read('active')).trim();
              if (before !== now) await becomes(now);
              return said;
            },
          };
    async function becomes(status: string): Promise<void> {
      const isUp = status === 'running';
      if (isUp) world.pings.delete('web-3');
      else world.pings.set('web-3', 'down');
      if ((await world.flags())['web-3'] !== undefined) {
        const id = 'OctopusServerNodes-web-3';
        await world.execute([
          sql`UPDATE dbo.OctopusServerNodeStatus SET IsOffline = ${!isUp} WHERE OctopusServerNodeId = ${id}`,
        ]);
      } else if (isUp) {
        const cap = Number(/^TASK_CAP=(\d+)$/m.exec(await linux.read('variables'))?.[1] ?? 5);
        world.in(20_000, async () => world.execute(insertNode(shape, { name: 'web-3', cap, lastSeen: world.now })));
      }
    }
    return { world, run: (line: string) => world.run(line, { shell }) };
  }

  const calls = async () =>
    (await linux.read('calls')).split('\n').filter((call) => /^docker (start|stop|update|create|run|rm)\b/.test(call));
  const variables = (more: Readonly<Record<string, string>> = {}) =>
    linux.write(
      'variables',
      Object.entries({ OCTOPUS_SERVER_NODE_NAME: 'web-3', TASK_CAP: '0', ...secrets, ...more })
        .flatMap(([name, value]) => (value === '' ? [] : [`${name}=${value}`]))
        .join('\n'),
    );

  const add = 'node add 127.0.0.1 --name web-3 --manager docker --url http://web-3.test --cap 8 --yes';

  test('is stopped, kept from starting with its machine, and started as it was', async () => {
    const { world, run } = await worldWith(true);
    await using _ = world;

    const stopped = await run('node stop web-3 --yes');
    const while_ = [await linux.read('active'), await linux.read('start')];
    const started = await run('node start web-3 --yes');

    assert.deepEqual([stopped.code, started.code], [0, 0], `${stopped.stderr}\n${started.stderr}`);
    assert.deepEqual(while_, ['exited\n', 'no:0\n']);
    assert.deepEqual([await linux.read('active'), await linux.read('start')], ['running\n', 'unless-stopped:0\n']);
    assert.deepEqual((await world.flags())['web-3'], { draining: false, cap: 5 });
  });

  test('is restarted, with its tasks drained before', async () => {
    const { world, run } = await worldWith(true);
    await using _ = world;

    const { code, stderr } = await run('node restart web-3 --yes');

    assert.equal(code, 0, stderr);
    const done = (await calls()).map((call) => call.replace(/ -t \d+/, ''));
    assert.deepEqual(
      done.filter((call) => !call.startsWith('docker update')),
      ['docker stop -- octopus', 'docker start -- octopus'],
    );
    assert.equal(await linux.read('start'), 'unless-stopped:0\n');
    assert.deepEqual((await world.flags())['web-3'], { draining: false, cap: 5 });
  });

  test('is made of a container that somebody has made, and gets no task before it was looked at', async () => {
    const { world, run } = await worldWith(false);
    await using _ = world;
    await linux.write('active', 'created\n');
    await variables();

    const planned = await run(`${add} --dry-run`);
    const { code, stdout, stderr } = await run(`${add} -v`);
    const again = await run(add);

    assert.equal(planned.code, 0, planned.stderr);
    assert.match(planned.stdout, /1\. start the container octopus as it is: octo-ha makes none and changes none\n/);
    assert.match(planned.stdout, /version +ok: Octopus Server 2025\.4\.1000/);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /web-3 is a node of the cluster, with a task cap of 8/);
    assert.deepEqual(await calls(), ['docker start -- octopus']);
    assert.deepEqual((await world.flags())['web-3'], { draining: false, cap: 8 });
    assert.match(again.stdout, /nothing to do/);
    const everything = [...world.written, ...(await world.everyText())].join('\n');
    for (const secret of Object.values(secrets)) {
      assert.ok(!everything.includes(secret) && !everything.includes(Buffer.from(secret).toString('base64')));
    }
  });

  for (const [what, more, expected] of [
    ['is called otherwise', { OCTOPUS_SERVER_NODE_NAME: 'web-1' }, /node name: OCTOPUS_SERVER_NODE_NAME is web-1/],
    ['has no name', { OCTOPUS_SERVER_NODE_NAME: '' }, /not set, so that each new container would be another node/],
    ['would take tasks at once', { TASK_CAP: '' }, /task cap: TASK_CAP is not set: with 0 it gets no tasks too early/],
    ['has no master key', { MASTER_KEY: '' }, /settings: MASTER_KEY not set/],
  ] as const) {
    test(`is not made of one that ${what}`, async () => {
      const { world, run } = await worldWith(false);
      await using _ = world;
      await linux.write('active', 'created\n');
      await variables(more);

      const { code, stderr } = await run(add);

      assert.equal(code, 3, stderr);
      assert.match(stderr, expected);
      assert.deepEqual(await calls(), []);
    });
  }

  test('is not made where there is no container, and how to make one is said', async () => {
    const { world, run } = await worldWith(false);
    await using _ = world;

    const { code, stderr } = await run(`${add} --service other`);

    assert.equal(code, 2, stderr);
    assert.match(
      stderr,
      /127\.0\.0\.1 has no container other that could become the node web-3: .*No such container: other/,
    );
    assert.match(
      stderr,
      /docker create --name other --env OCTOPUS_SERVER_NODE_NAME=web-3 --env TASK_CAP=0 .*\n.*octopusdeploy:2025\.4\.1000\n/,
    );
    assert.deepEqual(await calls(), []);
  });
});
