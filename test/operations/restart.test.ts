import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sql } from 'kysely';
import { Failure } from '../../src/errors.js';
import { World } from '../support/world.js';

const version = '2025.4.1000';
const cluster = () => World.create(['web-1', 'web-2', 'web-3'].map((name) => ({ name, version })));

describe('node restart', () => {
  test('drains, stops, starts and puts back one node after the other', async () => {
    await using world = await cluster();
    await world.addTask({ id: 'ServerTasks-1', state: 'Executing', node: 'web-2' });
    world.in(50_000, () => world.endTask('ServerTasks-1'));

    const { code, stdout, stderr } = await world.run('node restart --all --yes --json');

    assert.equal(code, 0, stderr);
    const result = JSON.parse(stdout);
    assert.deepEqual(
      result.nodes.map(({ node, confirmedByNode }: Record<string, unknown>) => [node, confirmedByNode]),
      [
        ['web-1', true],
        ['web-3', true],
        ['web-2', true],
      ],
      'the busy one is the last',
    );
    for (const name of ['web-1', 'web-2', 'web-3']) {
      assert.deepEqual(world.machine(name).effects, [
        'watchdog-suspend',
        'set-start-type disabled',
        'service-stop',
        'set-start-type former',
        'service-start',
      ]);
      assert.equal(world.machine(name).start, 'enabled');
    }
    assert.ok(Object.values(await world.flags()).every(({ draining }) => !draining));
  });

  test('leaves a node drained that was drained before', async () => {
    await using world = await cluster();
    await world.run('node drain web-2 --yes');

    const { code, stderr } = await world.run('node restart web-2 --yes');

    assert.equal(code, 0, stderr);
    assert.equal((await world.flags())['web-2']?.draining, true);
    assert.equal(world.machine('web-2').service, 'active');
  });

  test('goes on with machines that have seen more than a database restored from a backup remembers', async () => {
    await using world = await cluster();
    for (const name of ['web-1', 'web-2', 'web-2']) {
      const { code, stderr } = await world.run(`node restart ${name} --yes`);
      assert.equal(code, 0, stderr);
    }
    await world.execute([sql`UPDATE octo_ha.lease SET token = 1`]);

    const { code, stderr } = await world.run('node restart web-2 --yes');

    assert.equal(code, 0, stderr);
  });

  test('stops at a node that does not come back, with the others untouched, and goes on from there', async () => {
    await using world = await cluster();
    const broken = world.machine('web-1');
    broken.exitCode = 7;

    const first = await world.run('node restart --all --yes --while-stopped patch');
    const meanwhile = await world.flags();
    broken.exitCode = 0;
    const second = await world.run('node restart --all --yes --while-stopped patch');

    assert.equal(first.code, 6, first.stderr);
    assert.match(first.stderr, /web-1 ended with exit code 7.*\n.*run-command|exit code 7/);
    assert.match(first.stderr, /untouched: web-2, web-3/);
    assert.deepEqual(
      Object.values(meanwhile).map(({ draining }) => draining),
      [true, false, false],
    );
    assert.equal(second.code, 0, second.stderr);
    assert.equal(broken.effects.filter((effect) => effect === 'service-stop').length, 1, 'it was stopped twice');
    assert.ok(Object.values(await world.flags()).every(({ draining }) => !draining));
  });

  test('stops before its next effect when somebody else gives the node tasks again', async () => {
    await using world = await cluster();
    await world.addTask({ id: 'ServerTasks-1', state: 'Executing', node: 'web-2' });
    world.in(20_000, () => world.setFlag('web-2', false));

    const { code, stderr } = await world.run('node restart web-2 --yes');

    assert.equal(code, 6);
    assert.match(stderr, /somebody else undrained web-2 meanwhile; octo-ha leaves it so/);
    assert.deepEqual(world.machine('web-2').effects, []);
    assert.equal((await world.flags())['web-2']?.draining, false);
  });

  test('waits for a task that the node takes after all', async () => {
    await using world = await cluster();
    // In the time that the load balancer has to notice, long after the settle window.
    world.in(45_000, () => world.addTask({ id: 'ServerTasks-1', state: 'Executing', node: 'web-2' }));
    world.in(200_000, () => world.endTask('ServerTasks-1'));

    const { code, stdout, stderr } = await world.run('node restart web-2 --yes --json');

    assert.equal(code, 0, stderr);
    const [{ tasks }] = JSON.parse(stdout).nodes;
    assert.deepEqual(tasks, [{ id: 'ServerTasks-1', state: 'Success', fate: 'ended' }]);
  });

  test('does not count a task that the node takes once it is back', async () => {
    await using world = await cluster();
    let taken = false;

    const { code, stdout, stderr } = await world.run('node restart web-2 --yes --json', {
      session: (real) => ({
        ...real,
        async change(steps, signal) {
          const changed = await real.change(steps, signal);
          const isBack = world.machine('web-2').effects.includes('service-start');
          if (isBack && !taken && (await world.flags())['web-2']?.draining === false) {
            taken = true;
            await world.addTask({ id: 'ServerTasks-1', state: 'Executing', node: 'web-2' });
          }
          return changed;
        },
        [Symbol.asyncDispose]: async () => {},
      }),
    });

    assert.equal(code, 0, stderr);
    assert.ok(taken);
    assert.deepEqual(JSON.parse(stdout).nodes[0].tasks, []);
  });

  test('stops and starts a service all the same that ends or starts by itself meanwhile', async () => {
    await using quiet = await cluster();
    await quiet.run('node restart web-2 --yes');
    for (const [after, becomes] of [
      ['set-start-type disabled', 'inactive'],
      ['set-start-type former', 'active'],
    ] as const) {
      await using world = await cluster();
      const machine = world.machine('web-2');
      let met = false;

      const { code, stderr } = await world.run('node restart web-2 --yes', {
        shell: (real) => ({
          ...real,
          async run(bootstrap, document, signal) {
            const answer = await real.run(bootstrap, document, signal);
            if (!met && machine.effects.at(-1) === after) {
              met = true;
              machine.service = becomes;
              if (becomes === 'active') world.pings.delete('web-2');
            }
            return answer;
          },
        }),
      });

      assert.equal(code, 0, stderr);
      assert.deepEqual(machine.effects, quiet.machine('web-2').effects, after);
      assert.deepEqual(await world.journal(), await quiet.journal(), after);
    }
  });

  test('goes on when a service was started by itself while its start type could not be restored', async () => {
    await using world = await cluster();
    const machine = world.machine('web-2');
    const first = await world.run('node restart web-2 --yes', {
      shell: (real) => ({
        ...real,
        async run(bootstrap, document, signal) {
          const answer = await real.run(bootstrap, document, signal);
          if (JSON.parse(document).value !== 'former') return answer;
          machine.service = 'active';
          world.pings.delete('web-2');
          throw new Failure('failed', 'its manager did not answer');
        },
      }),
    });

    const second = await world.run('node restart web-2 --yes');

    assert.equal(first.code, 6, first.stderr);
    assert.equal(second.code, 0, second.stderr);
    assert.equal(machine.effects.filter((effect) => effect === 'service-stop').length, 1);
    assert.deepEqual({ service: machine.service, start: machine.start }, { service: 'active', start: 'enabled' });
    assert.equal((await world.flags())['web-2']?.draining, false);
  });

  test('does not stop a service that starts by itself all the same, and goes on once it does not', async () => {
    await using world = await cluster();
    const machine = world.machine('web-2');
    machine.ignoresStartType = true;

    const first = await world.run('node restart web-2 --yes');
    const service = machine.service;
    machine.ignoresStartType = false;
    const second = await world.run('node restart web-2 --yes');

    assert.equal(first.code, 6, first.stderr);
    assert.match(first.stderr, /octopus on .*web-2 could not be kept from starting: it is still enabled/);
    assert.equal(service, 'active');
    assert.equal(second.code, 0, second.stderr);
    assert.deepEqual({ service: machine.service, start: machine.start }, { service: 'active', start: 'enabled' });
  });

  test('says that somebody started the service again that it had stopped, and how to begin anew', async () => {
    await using world = await cluster();
    const machine = world.machine('web-2');
    machine.exitCode = 7;
    const failed = await world.run('node restart web-2 --yes --while-stopped patch');
    machine.service = 'active';
    world.pings.delete('web-2');
    machine.exitCode = 0;

    const again = await world.run('node restart web-2 --yes --while-stopped patch');
    const [id = ''] = /\d{8}-\d{6}-\w{4}/.exec(again.stderr) ?? [];
    const aborted = await world.run(`operation abort ${id} --yes`);
    const anew = await world.run('node restart web-2 --yes');

    assert.equal(failed.code, 6, failed.stderr);
    assert.equal(again.code, 6, again.stderr);
    assert.match(again.stderr, /was stopped, and somebody started it again/);
    assert.equal(aborted.code, 0, aborted.stderr);
    assert.equal(anew.code, 0, anew.stderr);
    assert.equal((await world.flags())['web-2']?.draining, false);
  });

  test('gives requests their time, and says when it is over', async () => {
    await using world = await cluster();
    world.machine('web-2').connections = 3;

    const { code, stdout, stderr } = await world.run('node restart web-2 --yes --request-grace 5m');

    assert.equal(code, 0, stderr);
    assert.match(stderr, /3 connections to its web port; they have/);
    assert.match(stdout, /3 connections cut off when its grace was over/);
  });

  test('does not start a node of another version beside the others', async () => {
    await using world = await cluster();
    world.machine('web-2').version = '2026.1.1';

    const { code, stderr } = await world.run('node restart web-2 --yes');

    assert.equal(code, 6);
    assert.match(stderr, /web-2 has Octopus Server 2026\.1\.1 installed, and the cluster runs 2025\.4\.1000/);
    assert.equal(world.machine('web-2').service, 'inactive');
  });

  test('says that a step was lost, and takes a person at their word', async () => {
    await using world = await cluster();
    const machine = world.machine('web-2');
    const lost = await lostAfter(world, 'service-stop');

    const stuck = await world.run('node restart web-2 --yes', { identity: { who: 'bob@desk', pid: 2 } });
    const [id = ''] = /\d{8}-\d{6}-\w{4}/.exec(stuck.stderr) ?? [];
    const done = await world.run(`operation resume ${id} --assume-done`, { identity: { who: 'bob@desk', pid: 2 } });

    assert.equal(lost.code, 70);
    assert.equal(stuck.code, 7, stuck.stderr);
    assert.match(stuck.stderr, /--rerun-step or --assume-done/);
    assert.equal(done.code, 0, done.stderr);
    assert.equal(machine.effects.filter((effect) => effect === 'service-stop').length, 1);
    assert.equal((await world.flags())['web-2']?.draining, false);
  });

  test('takes a lost step again when told to', async () => {
    await using world = await cluster();
    await lostAfter(world, 'service-stop');
    const identity = { who: 'bob@desk', pid: 2 };
    // The power went before the service had stopped.
    world.machine('web-2').service = 'active';
    world.pings.delete('web-2');
    const stuck = await world.run('node restart web-2 --yes', { identity });
    const [id = ''] = /\d{8}-\d{6}-\w{4}/.exec(stuck.stderr) ?? [];

    const done = await world.run(`operation resume ${id} --rerun-step`, { identity });

    assert.equal(done.code, 0, done.stderr);
    assert.equal(world.machine('web-2').effects.filter((effect) => effect === 'service-stop').length, 2);
  });

  test('pauses after so many nodes, and goes on when resumed', async () => {
    await using world = await cluster();

    const first = await world.run('node restart --all --yes --pause-after 1 --json');
    const { operation, left, outcome } = JSON.parse(first.stdout);
    const second = await world.run(`operation resume ${operation}`);

    assert.deepEqual([first.code, outcome, left], [0, 'paused', ['web-2', 'web-3']]);
    assert.equal(second.code, 0, second.stderr);
    assert.ok(['web-1', 'web-2', 'web-3'].every((name) => world.machine(name).effects.includes('service-stop')));
  });

  test('begins no further node after the end of the window', async () => {
    await using world = await cluster();
    const soon = new Date(world.now.getTime() + 60_000);
    const until = `${String(soon.getHours()).padStart(2, '0')}:${String(soon.getMinutes()).padStart(2, '0')}`;

    const { code, stderr } = await world.run(`node restart --all --yes --until ${until}`);

    assert.equal(code, 5, stderr);
    assert.match(stderr, /done: web-1; untouched: web-3|web-2 is not begun/);
    assert.deepEqual(world.machine('web-2').effects, []);
    assert.equal((await world.flags())['web-1']?.draining, false);
  });

  test('watches the canary before the others are begun', async () => {
    await using world = await cluster();
    const began = world.now.getTime();

    const { code, stderr } = await world.run('node restart --all --yes --canary --bake 30m');

    assert.equal(code, 0, stderr);
    assert.match(stderr, /web-1: watch it for 30m before the next one/);
    assert.ok(world.now.getTime() - began > 30 * 60_000);
  });

  test('has Octopus cancel what still runs, and says that tasks ended because of it', async () => {
    await using world = await cluster();
    await world.addTask({ id: 'ServerTasks-1', state: 'Executing', node: 'web-2' });
    const line = 'node restart web-2 --confirm web-2 --drain-timeout 1m --on-timeout cancel-tasks';
    world.in(100_000, () => world.endTask('ServerTasks-1', 'Canceled'));

    const { code, stderr } = await world.run(line);

    assert.equal(code, 12, stderr);
    assert.match(stderr, /1 task ended because of it: ServerTasks-1/);
    assert.equal(world.machine('web-2').effects[0], 'octopus-node-drain-cancel');
    assert.equal((await world.flags())['web-2']?.draining, false);
  });

  test('does not touch a machine of which nothing proves that it is the node', async () => {
    await using world = await cluster();
    world.pings.set('web-2', { status: 200, body: JSON.stringify({ Name: 'web-9', IsInMaintenanceMode: false }) });

    const { code, stderr } = await world.run('node restart web-2 --yes');

    assert.equal(code, 3);
    assert.match(stderr, /nothing proves which machine is web-2[\s\S]*--override identity/);
    assert.equal(world.machine('web-2').highest, 0, 'the machine was shown a token');
  });

  test('says which machine cannot be reached, before anything is changed', async () => {
    await using world = await cluster();
    world.machine('web-3').down = true;

    const { code } = await world.run('node restart --all --yes');

    assert.equal(code, 9);
    assert.ok(Object.values(await world.flags()).every(({ draining }) => !draining));
    assert.deepEqual(await world.journal(), []);
  });

  test('asks the database at most one thing a second while it waits, whatever the number of nodes', async () => {
    const rates = [];
    for (const nodes of [3, 30]) {
      const names = Array.from({ length: nodes }, (_, i) => `web-${i + 1}`);
      await using world = await World.create(names.map((name) => ({ name, version })));
      await world.addTask({ id: 'ServerTasks-1', state: 'Executing', node: 'web-2' });
      const hour = 3_600_000;
      world.in(hour, () => world.endTask('ServerTasks-1'));
      const from = world.now.getTime() + 60_000;
      const until = world.now.getTime() + hour - 60_000;
      let statements = 0;
      const count = (asked: readonly unknown[]) => {
        if (world.now.getTime() > from && world.now.getTime() < until) statements += asked.length;
      };

      const { code, stderr } = await world.run('node restart web-2 --yes --drain-timeout 2h', {
        session: (real) => ({
          ...real,
          read(asked, signal) {
            count(asked);
            return real.read(asked, signal);
          },
          change(steps, signal) {
            count(steps);
            return real.change(steps, signal);
          },
          [Symbol.asyncDispose]: async () => {},
        }),
      });

      assert.equal(code, 0, stderr);
      rates.push(statements / ((hour - 120_000) / 1_000));
    }
    assert.ok(
      rates.every((rate) => rate > 0 && rate <= 1),
      `${rates.join(' and ')} statements a second`,
    );
    assert.equal(rates[0], rates[1]);
  });
});

describe('node stop and node start', () => {
  test('brings back exactly what the stop has suspended', async () => {
    await using world = await cluster();
    const machine = world.machine('web-2');

    const stopped = await world.run('node stop web-2 --yes --reason disks');
    const held = await world.run('status --json');
    const between = { service: machine.service, start: machine.start };
    const started = await world.run('node start web-2 --yes');

    assert.equal(stopped.code, 0, stopped.stderr);
    assert.deepEqual(between, { service: 'inactive', start: 'masked' });
    const node = JSON.parse(held.stdout).nodes.find(({ name }: { name: string }) => name === 'web-2');
    assert.deepEqual([node.state, node.hold.why], ['offline', 'disks']);
    assert.equal(started.code, 0, started.stderr);
    assert.deepEqual({ service: machine.service, start: machine.start }, { service: 'active', start: 'enabled' });
    assert.equal((await world.flags())['web-2']?.draining, false);
  });

  test('leaves a drain flag that somebody had set before', async () => {
    await using world = await cluster();
    await world.setFlag('web-2', true);

    await world.run('node stop web-2 --yes');
    const { code, stderr } = await world.run('node start web-2 --yes');

    assert.equal(code, 0, stderr);
    assert.equal((await world.flags())['web-2']?.draining, true);
  });

  test("leaves somebody else's node alone", async () => {
    await using world = await cluster();
    await world.run('node stop web-2 --yes', { identity: { who: 'bob@desk', pid: 2 } });

    const { code, stderr } = await world.run('node start web-2 --yes');

    assert.equal(code, 3);
    assert.match(stderr, /web-2 is held by bob@desk[\s\S]*--override held-by-someone-else/);
  });
});

/** A run that is killed once the machine has begun that effect, whose result is lost with the machine's power. */
async function lostAfter(world: World, effect: string) {
  const machine = world.machine('web-2');
  let killed = false;
  const outcome = await world.run('node restart web-2 --yes', {
    shell: (real) => ({
      ...real,
      async run(bootstrap, document, signal) {
        if (killed) throw new Error('killed');
        const answer = await real.run(bootstrap, document, signal);
        const { operation, step } = JSON.parse(document);
        if (machine.effects.at(-1) !== effect) return answer;
        killed = true;
        machine.lose(operation, step);
        throw new Error('killed');
      },
    }),
  });
  world.dead.add(1);
  return outcome;
}
