import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { killedOn } from '../support/killed-on.js';
import { type Outcome, World } from '../support/world.js';

const version = '2025.4.1000';
const cluster = () => World.create(['web-1', 'web-2', 'web-3'].map((name) => ({ name, version })));
const other = { who: 'bob@desk', pid: 2 };

/** The operation that is unfinished. */
async function unfinished(world: World): Promise<string> {
  const { stdout } = await world.run('operation list -o name');
  return stdout.trim().split('\n')[0] ?? '';
}

const abort = (world: World, id: string, more: Parameters<World['run']>[1] = {}): Promise<Outcome> =>
  world.run(`operation abort ${id} --yes`, { identity: other, ...more });

describe('giving up an operation', () => {
  test('that was cut short in the middle is finished, and the operation is not gone on with', async () => {
    await using world = await cluster();
    const machine = world.machine('web-2');
    const line = 'node restart web-2 --yes --reboot';
    await world.run(
      line,
      killedOn(({ action }) => action === 'service-stop'),
    );
    world.dead.add(1);
    const id = await unfinished(world);

    await abort(
      world,
      id,
      killedOn(({ value }) => value === 'former'),
    );
    world.dead.add(2);
    const resumed = await world.run(`operation resume ${id}`, { identity: { who: 'anna@desk', pid: 3 } });
    const again = await world.run(line, { identity: { who: 'anna@desk', pid: 4 } });
    const given = await abort(world, id, { identity: { who: 'anna@desk', pid: 5 } });

    assert.equal(resumed.code, 3, resumed.stderr);
    assert.match(resumed.stderr, new RegExp(`octo-ha operation abort ${id}`));
    assert.equal(again.code, 3, again.stderr);
    assert.equal(given.code, 0, given.stderr);
    assert.match(given.stdout, /the service of web-2 is stopped; start it: octo-ha node start web-2/);
    assert.ok(!machine.effects.includes('reboot'));
    assert.deepEqual({ start: machine.start, service: machine.service }, { start: 'enabled', service: 'inactive' });
    assert.equal((await world.flags())['web-2']?.draining, false);
  });

  test('takes back a start type that a killed run had changed and not journaled', async () => {
    await using world = await cluster();
    const machine = world.machine('web-2');
    await world.run(
      'node restart web-2 --yes',
      killedOn(({ value }) => value === 'disabled'),
    );
    world.dead.add(1);
    const changed = machine.start;

    const { code, stdout, stderr } = await abort(world, await unfinished(world));

    assert.equal(changed, 'masked');
    assert.equal(code, 0, stderr);
    assert.match(stdout, /the service of web-2 starts as it did before/);
    assert.deepEqual({ start: machine.start, service: machine.service }, { start: 'enabled', service: 'active' });
  });

  test('begins nothing on the machine that was only intended', async () => {
    await using world = await cluster();
    const machine = world.machine('web-2');
    let dead = false;
    await world.run('node restart web-2 --yes', {
      shell: (real) => ({
        ...real,
        async run(bootstrap, document, signal) {
          if (JSON.parse(document).value === 'disabled') dead = true;
          if (dead) throw new Error('killed');
          return await real.run(bootstrap, document, signal);
        },
      }),
      session: (real) => ({
        ...real,
        async change(steps, signal) {
          if (dead) throw new Error('killed');
          return await real.change(steps, signal);
        },
        [Symbol.asyncDispose]: async () => {},
      }),
    });
    world.dead.add(1);

    const { code, stderr } = await abort(world, await unfinished(world));

    assert.equal(code, 0, stderr);
    assert.deepEqual(
      machine.effects.filter((effect) => effect.startsWith('set-start-type disabled')),
      [],
    );
    assert.equal(machine.start, 'enabled');
  });

  test('of a cap, cut short after it was undone, says so again', async () => {
    await using world = await cluster();
    let changes = 0;
    const dies = {
      session: (real: Parameters<NonNullable<NonNullable<Parameters<World['run']>[1]>['session']>>[0]) => ({
        ...real,
        change: async (...given: Parameters<typeof real.change>) => {
          if (++changes > 3) throw new Error('killed');
          return await real.change(...given);
        },
        [Symbol.asyncDispose]: async () => {},
      }),
    };
    await world.run('node cap web-2 2 --yes', dies);
    world.dead.add(1);
    const id = await unfinished(world);
    const cap = (await world.flags())['web-2']?.cap;

    const given = await abort(world, id);

    assert.ok(cap === 2 || cap === 5);
    assert.equal(given.code, 0, given.stderr);
    assert.equal((await world.flags())['web-2']?.cap, 5);
  });
});

describe('what a stop has suspended', () => {
  test('is brought back as it was found, also where its step was lost and a person takes it for done', async () => {
    for (const word of ['--assume-done', '--rerun-step']) {
      await using world = await cluster();
      const machine = world.machine('web-2');
      const first = await world.run('node restart web-2 --yes', {
        shell: (real) => ({
          ...real,
          async run(bootstrap, document, signal) {
            const { operation, step, value } = JSON.parse(document);
            const answer = await real.run(bootstrap, document, signal);
            if (value !== 'disabled') return answer;
            machine.lose(operation, step);
            return await real.run(bootstrap, document, signal);
          },
        }),
      });
      const id = await unfinished(world);

      const { code, stderr } = await world.run(`operation resume ${id} ${word}`);

      assert.equal(first.code, 7, first.stderr);
      assert.equal(code, 0, stderr);
      assert.equal(machine.start, 'enabled', word);
      assert.equal(machine.service, 'active');
    }
  });

  test('is brought back as it was found where keeping it from starting failed half way', async () => {
    await using world = await cluster();
    const machine = world.machine('web-2');
    let failed = false;
    const shell = (real: Parameters<NonNullable<NonNullable<Parameters<World['run']>[1]>['shell']>>[0]) => ({
      ...real,
      async run(...[bootstrap, document, signal]: Parameters<typeof real.run>) {
        const { value } = JSON.parse(document);
        if (value !== 'disabled' || failed) return await real.run(bootstrap, document, signal);
        failed = true;
        machine.ignoresStartType = true;
        const answer = await real.run(bootstrap, document, signal);
        machine.ignoresStartType = false;
        // It is half done: what starts it was changed all the same.
        machine.start = 'static';
        return answer;
      },
    });

    const first = await world.run('node restart web-2 --yes', { shell });
    const again = await world.run('node restart web-2 --yes', { shell });

    assert.equal(first.code, 6, first.stderr);
    assert.equal(again.code, 0, again.stderr);
    assert.equal(machine.start, 'enabled');
  });

  test('is brought back by a start of a service that somebody has started by hand', async () => {
    await using world = await cluster();
    const machine = world.machine('web-2');
    await world.run('node stop web-2 --yes');
    machine.start = 'masked';
    machine.service = 'active';
    await world.pass(1_000);
    world.pings.delete('web-2');

    const { code, stderr } = await world.run('node start web-2 --yes');

    assert.equal(code, 0, stderr);
    assert.equal(machine.start, 'enabled');
    assert.equal((await world.flags())['web-2']?.draining, false);
  });
});
