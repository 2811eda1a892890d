import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sql } from 'kysely';
import { killedOn } from '../support/killed-on.js';
import { World } from '../support/world.js';

const version = '2025.4.1000';
const named = (...names: string[]) => World.create(names.map((name) => ({ name, version })));

const idIn = (text: string): string => /\d{8}-\d{6}-\w{4}/.exec(text)?.[0] ?? '';

describe('an operation of several nodes that was cut short', () => {
  for (const again of ['node restart --all --yes', 'operation resume ID']) {
    test(`of two nodes is finished by: ${again}`, async () => {
      await using world = await named('web-1', 'web-2');
      let stops = 0;
      const first = await world.run(
        'node restart --all --yes',
        killedOn(({ action }) => action === 'service-stop' && ++stops === 2),
      );
      world.dead.add(1);
      const { stdout } = await world.run('operation list -o name');

      const { code, stderr } = await world.run(again.replace('ID', stdout.trim()), {
        identity: { who: 'anna@desk', pid: 2 },
      });

      assert.notEqual(first.code, 0);
      assert.equal(code, 0, stderr);
      for (const name of ['web-1', 'web-2']) {
        const { effects, service, start } = world.machine(name);
        assert.deepEqual([service, start], ['active', 'enabled']);
        assert.equal(effects.filter((effect) => effect === 'service-stop').length, 1, name);
      }
      assert.ok(Object.values(await world.flags()).every(({ draining }) => !draining));
    });
  }

  test('says which nodes are done already before it goes on', async () => {
    await using world = await named('web-1', 'web-2', 'web-3');
    await world.run('node restart --all --yes --pause-after 1');

    const { stdout } = await world.run('node restart --all --dry-run');

    assert.match(stdout, /done already: web-1/);
    assert.doesNotMatch(stdout, /web-1 \(/);
  });

  test('watches the canary that its earlier run had not watched to the end', async () => {
    await using world = await named('web-1', 'web-2');
    const line = 'node restart --all --yes --canary --bake 10m';
    const abort = new AbortController();
    world.in(400_000, async () => abort.abort(new Error('killed')));
    const first = await world.run(line, { signal: abort.signal });
    const between = world.machine('web-2').effects.length;
    await world.lose('web-1');

    const { code, stderr } = await world.run(line);

    assert.notEqual(first.code, 0);
    assert.equal(between, 0, 'the second one was not begun');
    assert.equal(code, 6, stderr);
    assert.match(stderr, /web-1 came back, and is offline after 10m/);
    assert.deepEqual(world.machine('web-2').effects, []);
  });

  test('tells of tasks that its earlier run had cancelled', async () => {
    await using world = await named('web-1', 'web-2');
    await world.addTask({ id: 'ServerTasks-1', state: 'Executing', node: 'web-2' });
    world.machine('web-2');
    const line = 'node restart web-2 --yes --drain-timeout 1m --on-timeout cancel-tasks --confirm web-2';
    const first = await world.run(line, {
      shell: (real) => ({
        ...real,
        async run(bootstrap, document, signal) {
          const { action } = JSON.parse(document);
          if (action === 'octopus-node-drain-cancel') await world.endTask('ServerTasks-1', 'Canceled');
          if (action === 'service-stop') throw new Error('killed');
          return await real.run(bootstrap, document, signal);
        },
      }),
    });

    const { code, stderr } = await world.run(line, { identity: { who: 'anna@desk', pid: 2 } });

    assert.equal(first.code, 70, first.stderr);
    assert.equal(code, 12, stderr);
    assert.match(stderr, /ServerTasks-1/);
  });

  test('does not stop a node that was given tasks again meanwhile', async () => {
    await using world = await named('web-1', 'web-2');
    const machine = world.machine('web-2');
    const line = 'node restart web-2 --yes';
    await world.run(
      line,
      killedOn(({ value }) => value === 'disabled'),
    );
    world.dead.add(1);
    await world.setFlag('web-2', false);

    const { code, stderr } = await world.run(line, { identity: { who: 'anna@desk', pid: 2 } });

    assert.equal(code, 6, stderr);
    assert.match(stderr, /somebody else undrained web-2 meanwhile/);
    assert.match(stderr, new RegExp(`octo-ha operation abort ${idIn(stderr)}`));
    assert.equal(machine.service, 'active');
  });
});

describe('a node whose turn has not come yet', () => {
  test('is left alone when somebody else drains it meanwhile', async () => {
    await using world = await named('web-1', 'web-2', 'web-3', 'web-4');
    world.in(60_000, () => world.setFlag('web-2', true));

    const { code, stderr } = await world.run('node restart web-1 web-2 --yes');

    assert.equal(code, 6, stderr);
    assert.match(stderr, /somebody else drained web-2 since this was planned/);
    assert.deepEqual(world.machine('web-2').effects, []);
    assert.equal((await world.flags())['web-2']?.draining, true);
  });

  test('is not brought back by a restart of all where it is stopped and held', async () => {
    await using world = await named('web-1', 'web-2', 'web-3');
    await world.run('node stop web-3 --yes --reason patching');

    const { code, stderr } = await world.run('node restart --all --yes');

    assert.equal(code, 0, stderr);
    assert.match(stderr, /web-3 is left alone: it is offline, and held by anna@desk: patching/);
    assert.equal(world.machine('web-3').service, 'inactive');
  });
});

describe('a node of another version', () => {
  test('is not started, nothing lets its machine start it, and it goes on once that is mended', async () => {
    await using world = await named('web-1', 'web-2', 'web-3');
    const machine = world.machine('web-2');
    machine.version = '2026.1.5';
    const first = await world.run('node restart web-2 --yes');
    const between = { service: machine.service, start: machine.start };
    machine.version = version;

    const { code, stderr } = await world.run('node restart web-2 --yes');

    assert.equal(first.code, 6, first.stderr);
    assert.deepEqual(between, { service: 'inactive', start: 'masked' });
    assert.equal(code, 0, stderr);
    assert.deepEqual({ service: machine.service, start: machine.start }, { service: 'active', start: 'enabled' });
  });
});

describe('tasks that a node takes after it was idle', () => {
  test('are waited for no longer than the time for its drain', async () => {
    await using world = await named('web-1', 'web-2', 'web-3');
    const { code, stderr } = await world.run('node restart web-2 --yes --drain-timeout 5m', {
      shell: (real) => ({
        ...real,
        async run(bootstrap, document, signal) {
          const answer = await real.run(bootstrap, document, signal);
          if (JSON.parse(document).value === 'disabled') {
            await world.execute([sql`DELETE FROM dbo.ServerTask WHERE Id = 'ServerTasks-9'`]);
            await world.addTask({ id: 'ServerTasks-9', state: 'Executing', node: 'web-2' });
          }
          return answer;
        },
      }),
    });

    assert.equal(code, 5, stderr);
    assert.match(stderr, /web-2 was not idle again after 300 s: held by ServerTasks-9/);
    assert.equal(world.machine('web-2').service, 'active');
  });
});

describe('a node that is not idle in time', () => {
  test('is gone on with or given up by the commands that are named', async () => {
    await using world = await named('web-1', 'web-2', 'web-3');
    await world.addTask({ id: 'ServerTasks-1', state: 'Executing', node: 'web-2' });
    const first = await world.run('node restart web-2 --yes --drain-timeout 5m');
    const [, goOn = ''] = /octo-ha (operation resume \S+)/.exec(first.stderr) ?? [];
    await world.endTask('ServerTasks-1');

    const { code, stderr } = await world.run(goOn);

    assert.equal(first.code, 5, first.stderr);
    assert.match(first.stderr, /web-2 was not drained after 300 s: held by ServerTasks-1; it stays out of service/);
    assert.match(first.stderr, /octo-ha operation abort /);
    assert.doesNotMatch(first.stderr, /octo-ha node (un)?drain/);
    assert.equal(code, 0, stderr);
    assert.equal((await world.flags())['web-2']?.draining, false);
  });
});
