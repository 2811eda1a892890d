import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { World } from '../support/world.js';

const three = [{ name: 'web-1', cap: 2 }, { name: 'web-2' }, { name: 'web-3' }];

describe('wait', () => {
  test('ends when the condition holds, and says once what was missing', async () => {
    await using world = await World.create(three);
    await world.addTask({ id: 'ServerTasks-1', state: 'Executing', node: 'web-2' });
    await world.setFlag('web-2', true);
    world.in(30_000, () => world.endTask('ServerTasks-1'));

    const { code, stdout, stderr } = await world.run('wait drained=web-2');

    assert.deepEqual(
      [code, stdout, stderr],
      [0, 'drained=web-2: yes', 'waiting: web-2 is draining\nwaiting: it has to stay so for 1m 5s'],
    );
  });

  test('ends with 5 at its deadline', async () => {
    await using world = await World.create(three);

    const { code, stderr } = await world.run('wait drained=web-2 --deadline 1m');

    assert.equal(code, 5);
    assert.match(stderr, /the deadline of 1m was reached/);
  });

  test('ready means that every node that nobody took out is there', async () => {
    await using world = await World.create([
      ...three,
      { name: 'web-4', flaggedOffline: true },
      { name: 'web-5', draining: true },
    ]);
    world.in(40_000, () => world.execute(['UPDATE dbo.OctopusServerNodeStatus SET IsOffline = 0']));
    const start = world.now.getTime();

    assert.equal((await world.run('wait ready')).code, 0);
    assert.ok(world.now.getTime() - start >= 40_000);
  });

  test('tasks-below counts what runs', async () => {
    await using world = await World.create(three);
    for (const id of [1, 2]) await world.addTask({ id: `ServerTasks-${id}`, state: 'Executing', node: 'web-2' });
    world.in(10_000, () => world.endTask('ServerTasks-2'));

    assert.match((await world.run('wait tasks-below=2')).stderr, /2 tasks running/);
  });

  for (const condition of ['soon', 'drained', 'drained=', 'tasks-below=few', 'ready=now']) {
    test(`${condition} is no condition`, async () => {
      await using world = await World.create(three);

      assert.equal((await world.run(`wait ${condition}`)).code, 2);
    });
  }
});

describe('node ok-to-stop', () => {
  test('says yes, with what is left, and how many more', async () => {
    await using world = await World.create(three);

    const { code, stdout } = await world.run('node ok-to-stop web-2 --max');

    assert.equal(code, 0);
    assert.equal(stdout, 'web-2 may stop: capacity 12 → 7\n1 more could stop at the same time');
  });

  test('judges several nodes together', async () => {
    await using world = await World.create(three);

    assert.equal((await world.run('node ok-to-stop web-1 web-2')).code, 0);
    const { code, stderr } = await world.run('node ok-to-stop web-1 web-2 web-3');
    assert.equal(code, 3);
    assert.match(stderr, /no other node than web-1, web-2, web-3 is known to take tasks/);
  });

  test('changes nothing', async () => {
    await using world = await World.create(three);
    const before = await world.flags();
    await world.run('node ok-to-stop web-1');

    assert.deepEqual(await world.flags(), before);
    assert.deepEqual(JSON.parse((await world.run('operation list --json')).stdout).operations, []);
  });
});
