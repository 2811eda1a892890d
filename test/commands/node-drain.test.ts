import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Failure } from '../../src/errors.js';
import type { Session } from '../../src/ports/database.js';
import { World } from '../support/world.js';

const three = [{ name: 'web-1' }, { name: 'web-2' }, { name: 'web-3' }];

describe('node drain', () => {
  test('waits for the tasks of the node and then through the settle window', async () => {
    await using world = await World.create(three);
    await world.addTask({ id: 'ServerTasks-1', state: 'Executing', node: 'web-2', description: 'Deploy Shop' });
    world.in(90_000, () => world.endTask('ServerTasks-1'));
    const started = world.now.getTime();

    const { code, stdout, stderr } = await world.run('node drain web-2 --yes');

    assert.equal(code, 0, stderr);
    assert.match(stdout, /web-2 is drained after 1m 32s; 1 task left it meanwhile \(1 Success\)/);
    assert.match(stderr, /capacity 15 → 10/);
    assert.match(stderr, /waiting for 1 task: ServerTasks-1 Deploy Shop/);
    assert.ok(world.now.getTime() - started >= 90_000);
    assert.equal((await world.flags())['web-2']?.draining, true);
  });

  test('keeps watching an idle node until no task can start on it any more', async () => {
    await using world = await World.create(three);
    // Taken by a poll that began before the node saw its flag.
    world.in(20_000, () => world.addTask({ id: 'ServerTasks-9', state: 'Executing', node: 'web-2' }));
    world.in(60_000, () => world.endTask('ServerTasks-9'));

    const { code, stdout } = await world.run('node drain web-2 --yes --json');

    assert.equal(code, 0);
    const result = JSON.parse(stdout);
    assert.equal(result.outcome, 'drained');
    assert.equal(result.confirmedByNode, true);
    assert.deepEqual(
      result.tasks.map(({ id, state }: { id: string; state: string }) => [id, state]),
      [['ServerTasks-9', 'Success']],
    );
    assert.ok(result.durationMs >= 60_000);
  });

  test('watches longer, and says so, when the ping cannot confirm the flag', async () => {
    await using world = await World.create(three);
    world.pings.set('web-2', 'down');
    const started = world.now.getTime();

    const { code, stdout, stderr } = await world.run('node drain web-2 --yes');

    assert.equal(code, 0);
    assert.ok(world.now.getTime() - started >= 65_000);
    assert.match(stdout, /not confirmed by the node/);
    assert.match(stderr, /its own ping has not confirmed the flag \(unreachable: cannot reach web-2/);
  });

  for (const [what, answer] of Object.entries({
    'a rate limit': { status: 429, body: '' },
    'a redirect': { status: 302, body: '' },
    'another node': { status: 418, body: JSON.stringify({ Name: 'web-9', IsInMaintenanceMode: true }) },
    'a contradiction': { status: 200, body: JSON.stringify({ Name: 'web-2', IsInMaintenanceMode: true }) },
    'no JSON': { status: 418, body: '<html>' },
  })) {
    test(`takes ${what} for no confirmation`, async () => {
      await using world = await World.create(three);
      world.pings.set('web-2', answer);

      const { code, stdout } = await world.run('node drain web-2 --yes --json');

      assert.equal(code, 11);
      assert.match(JSON.parse(stdout).error.message, /web-2 is idle and its flag is set, but its /);
      assert.equal((await world.flags())['web-2']?.draining, true);
    });
  }

  test('asks first, and changes nothing when the answer is no', async () => {
    await using world = await World.create(three);

    const { code, asked } = await world.run('node drain web-2', { answers: ['n'] });

    assert.equal(code, 3);
    assert.deepEqual(asked, ['Drain web-2?']);
    assert.equal((await world.flags())['web-2']?.draining, false);
  });

  test('refuses without a terminal and names the flag', async () => {
    await using world = await World.create(three);

    const { code, stderr } = await world.run('node drain web-2');

    assert.equal(code, 3);
    assert.match(stderr, /To consent, add: --yes/);
    assert.equal((await world.flags())['web-2']?.draining, false);
  });

  test('refuses the last node that takes tasks, and names both overrides', async () => {
    await using world = await World.create([{ name: 'web-1', draining: true }, { name: 'web-2' }]);

    const { code, stderr } = await world.run('node drain web-2 --yes');

    assert.equal(code, 3);
    assert.match(stderr, /--override last-task-node --override last-web-node --reason TEXT/);
    assert.equal((await world.flags())['web-2']?.draining, false);
  });

  test('wants the name typed when a severe guard is overridden; --yes is not enough', async () => {
    await using world = await World.create([{ name: 'web-1' }]);
    const overridden = 'node drain web-1 --override last-task-node --override last-web-node';

    assert.equal((await world.run(`${overridden} --yes`)).code, 3);
    assert.equal((await world.run(`${overridden} --confirm web-9`)).code, 3);
    assert.equal((await world.run(overridden, { answers: ['web-2'] })).code, 3);
    assert.equal((await world.flags())['web-1']?.draining, false);
    assert.equal((await world.run(`${overridden} --confirm web-1`)).code, 0);
  });

  test('refuses when the caps that are left are below the tasks that run', async () => {
    await using world = await World.create([
      { name: 'web-1', cap: 1 },
      { name: 'web-2', cap: 5 },
    ]);
    for (const id of [1, 2, 3]) await world.addTask({ id: `ServerTasks-${id}`, state: 'Executing', node: 'web-2' });

    const { code, stderr } = await world.run('node drain web-2 --yes');

    assert.equal(code, 3);
    assert.match(
      stderr,
      /3 tasks run in the cluster, and task caps for only 1 would be left[\s\S]*--override capacity/,
    );
  });

  test('a dry run says what would be done and changes nothing', async () => {
    await using world = await World.create(three);

    const { code, stdout } = await world.run('node drain web-2 --dry-run');

    assert.equal(code, 0);
    assert.match(stdout, /would stop giving it new tasks\nwould wait until its tasks have ended/);
    assert.equal((await world.flags())['web-2']?.draining, false);
  });

  test('ends with 5 when the time is over, and leaves the node out of service', async () => {
    await using world = await World.create(three);
    await world.addTask({ id: 'ServerTasks-1', state: 'Executing', node: 'web-2' });

    const { code, stderr } = await world.run('node drain web-2 --yes --drain-timeout 10m');

    assert.equal(code, 5);
    assert.match(stderr, /not drained after 600 s: held by ServerTasks-1; it stays out of service/);
    assert.match(stderr, /octo-ha node undrain web-2/);
    assert.equal((await world.flags())['web-2']?.draining, true);
  });

  test('ends with 1 when it gave the tasks back as asked', async () => {
    await using world = await World.create(three);
    await world.addTask({ id: 'ServerTasks-1', state: 'Executing', node: 'web-2' });

    const { code, stderr } = await world.run('node drain web-2 --yes --drain-timeout 10m --on-timeout undrain');

    assert.equal(code, 1);
    assert.match(stderr, /its flag is cleared again, as before/);
    assert.equal((await world.flags())['web-2']?.draining, false);
  });

  test('stops, and leaves the flag alone, when somebody else undrains the node', async () => {
    await using world = await World.create(three);
    await world.addTask({ id: 'ServerTasks-1', state: 'Executing', node: 'web-2' });
    world.in(30_000, () => world.setFlag('web-2', false));

    const { code, stderr } = await world.run('node drain web-2 --yes --on-timeout undrain');

    assert.equal(code, 6);
    assert.match(stderr, /somebody else undrained web-2 meanwhile/);
    assert.equal((await world.flags())['web-2']?.draining, false);
  });

  test('--detach sets the flag and does not wait', async () => {
    await using world = await World.create(three);
    await world.addTask({ id: 'ServerTasks-1', state: 'Executing', node: 'web-2' });
    const started = world.now.getTime();

    const { code, stdout } = await world.run('node drain web-2 --yes --detach');

    assert.equal(code, 0);
    assert.match(stdout, /gets no new tasks; nobody waits/);
    assert.equal(world.now.getTime(), started);
    assert.equal((await world.flags())['web-2']?.draining, true);
  });

  test('Ctrl-C ends the waiting and says what stands and how to go on', async () => {
    await using world = await World.create(three);
    await world.addTask({ id: 'ServerTasks-1', state: 'Executing', node: 'web-2' });
    const ending = new AbortController();
    world.in(20_000, async () => ending.abort(new Failure('interrupted', 'ended by SIGINT')));

    const { code, stderr } = await world.run('node drain web-2 --yes', { signal: ending.signal });

    assert.equal(code, 130);
    assert.match(stderr, /web-2 gets no new tasks[\s\S]*octo-ha node drain web-2/);
    assert.equal((await world.flags())['web-2']?.draining, true);
  });

  test('counts a task that waits for a human, and one in a state nobody knows', async () => {
    await using world = await World.create(three);
    await world.addTask({ id: 'ServerTasks-1', state: 'Executing', node: 'web-2' });
    await world.addTask({ id: 'ServerTasks-2', state: 'Pondering', node: 'web-2' });
    await world.execute([
      "UPDATE dbo.ServerTask SET State = 'Queued', HasPendingInterruptions = 1 WHERE Id = 'ServerTasks-1'",
    ]);
    world.in(40_000, () => world.endTask('ServerTasks-1'));
    world.in(80_000, () => world.endTask('ServerTasks-2'));
    const started = world.now.getTime();

    const { code, stderr } = await world.run('node drain web-2 --yes --override bound-tasks');

    assert.equal(code, 0);
    assert.match(stderr, /ServerTasks-1 Deploy \(waits for a human\)/);
    assert.ok(world.now.getTime() - started >= 80_000);
  });

  test('refuses when a task that waits for a human would hold it', async () => {
    await using world = await World.create(three);
    await world.addTask({ id: 'ServerTasks-1', state: 'Executing', node: 'web-2', waitsForHuman: true });

    const { code, stderr } = await world.run('node drain web-2 --yes');

    assert.equal(code, 3);
    assert.match(stderr, /on web-2 1 task waiting for a human would hold the drain[\s\S]*--override bound-tasks/);
  });

  test('waits an outage of the database out', async () => {
    await using world = await World.create(three);
    await world.addTask({ id: 'ServerTasks-1', state: 'Executing', node: 'web-2' });
    world.in(200_000, () => world.endTask('ServerTasks-1'));
    const failing = (real: Session): Session => {
      const isOut = () => world.now.getTime() > start + 60_000 && world.now.getTime() < start + 120_000;
      const reach = async <T>(work: () => Promise<T>): Promise<T> => {
        if (isOut()) throw new Failure('unreachable', 'the server does not answer');
        return await work();
      };
      return {
        ...real,
        read: (statements, signal) => reach(() => real.read(statements, signal)),
        change: (steps, signal) => reach(() => real.change(steps, signal)),
      };
    };
    const start = world.now.getTime();

    const { code, stderr } = await world.run('node drain web-2 --yes', { session: failing });

    assert.equal(code, 0, stderr);
    assert.equal(stderr.match(/waiting for the database/g)?.length, 1);
  });

  test('ends with 5 and says that nothing was changed when the time is over before the flag was set', async () => {
    await using world = await World.create(three);
    const slow = (real: Session): Session => ({
      ...real,
      async change(steps, signal) {
        if (steps.some(({ sql }) => sql.includes('insert into "octo_ha"."step"')))
          await world.clock.sleep(60_000, new AbortController().signal);
        return await real.change(steps, signal);
      },
    });

    const { code, stderr } = await world.run('node drain web-2 --yes --drain-timeout 30s --on-timeout undrain', {
      session: slow,
    });

    assert.equal(code, 5, stderr);
    assert.match(stderr, /its flag was not set, it takes tasks as before/);
    assert.equal((await world.flags())['web-2']?.draining, false);
  });

  test('does not drain when another node was drained while the question stood', async () => {
    await using world = await World.create([{ name: 'web-1' }, { name: 'web-2' }]);
    let asked = false;
    const meanwhile = (real: Session): Session => ({
      ...real,
      async change(steps, signal) {
        if (!asked) {
          asked = true;
          await world.setFlag('web-1', true);
        }
        return await real.change(steps, signal);
      },
    });

    const { code, stderr } = await world.run('node drain web-2 --yes', { session: meanwhile });

    assert.equal(code, 3, stderr);
    assert.equal((await world.flags())['web-2']?.draining, false);
  });

  test('begins to count the settle window only after the node has answered', async () => {
    await using world = await World.create(three);
    const answer = world.http.send;
    const slow: typeof answer = async (request, signal) => {
      const told = await answer(request, signal);
      await world.clock.sleep(28_000, signal);
      return told;
    };
    const start = world.now.getTime();

    const { code } = await world.run('node drain web-2 --yes', { http: { send: slow } });

    assert.equal(code, 0);
    assert.ok(world.now.getTime() - start >= 28_000 + 25_000);
  });

  test('a task whose row was deleted holds nothing', async () => {
    await using world = await World.create(three);
    await world.addTask({ id: 'ServerTasks-1', state: 'Executing', node: 'web-2' });
    world.in(40_000, () => world.execute(["DELETE FROM dbo.ServerTask WHERE Id = 'ServerTasks-1'"]));

    const { code, stdout } = await world.run('node drain web-2 --yes');

    assert.equal(code, 0);
    assert.match(stdout, /1 task left it meanwhile \(1 deleted\)/);
  });

  test('an address that is none is told and not asked', async () => {
    await using world = await World.create(three);
    await world.execute(["UPDATE octo_ha.node SET url = 'web-2.corp'"]);

    const { code, stdout } = await world.run('node drain web-2 --yes');

    assert.equal(code, 0);
    assert.match(stdout, /not confirmed by the node: .*web-2\.corp is no web address/);
  });

  test('names the nearest nodes when there is none of that name', async () => {
    await using world = await World.create([{ name: 'web-1' }, { name: 'octopus-b' }]);

    const { code, stderr } = await world.run('node drain octopus-d --yes');

    assert.equal(code, 2);
    assert.match(stderr, /there is no node octopus-d\nDid you mean octopus-b\?/);
  });
});

describe('node undrain', () => {
  test("clears the flag and waits until the node's own ping follows", async () => {
    await using world = await World.create([{ name: 'web-1' }, { name: 'web-2', draining: true }]);
    world.pings.set('web-2', { status: 418, body: JSON.stringify({ Name: 'web-2', IsInMaintenanceMode: true }) });
    world.in(12_000, async () => void world.pings.delete('web-2'));
    const started = world.now.getTime();

    const { code, stdout } = await world.run('node undrain web-2');

    assert.equal(code, 0);
    assert.equal(stdout, 'web-2 takes tasks again');
    assert.ok(world.now.getTime() - started >= 12_000);
  });

  test('ends with 11 when the ping keeps contradicting', async () => {
    await using world = await World.create([{ name: 'web-1' }, { name: 'web-2', draining: true }]);
    world.pings.set('web-2', { status: 418, body: JSON.stringify({ Name: 'web-2', IsInMaintenanceMode: true }) });

    const { code, stderr } = await world.run('node undrain web-2');

    assert.equal(code, 11);
    assert.match(stderr, /its ping still answers 418/);
    assert.equal((await world.flags())['web-2']?.draining, false);
  });

  test('has nothing to do for a node that is not drained', async () => {
    await using world = await World.create(three);

    const { code, stdout } = await world.run('node undrain web-2');

    assert.deepEqual([code, stdout], [0, 'web-2 is not drained; nothing to do']);
  });
});
