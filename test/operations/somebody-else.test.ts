import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sql } from 'kysely';
import { Failure } from '../../src/errors.js';
import { World } from '../support/world.js';

const version = '2025.4.1000';

/** Two nodes, so that each is needed while the other is away; a task keeps web-2 draining for a while. */
async function busyPair(): Promise<World> {
  const world = await World.create(['web-1', 'web-2'].map((name) => ({ name, version })));
  await world.addTask({ id: 'ServerTasks-1', state: 'Executing', node: 'web-2' });
  world.in(50_000, () => world.endTask('ServerTasks-1'));
  return world;
}

const setCap = (world: World, name: string, cap: number) =>
  world.execute([sql`UPDATE dbo.OctopusServerNode SET MaxConcurrentTasks = ${cap} WHERE Name = ${name}`]);

const lines = ['node restart web-2 --yes', 'node stop web-2 --yes', 'node decommission web-2 --confirm web-2'];

for (const line of lines) {
  describe(`${line}, while somebody else acts`, () => {
    test('stops when the node is undrained, and leaves it so', async () => {
      await using world = await busyPair();
      world.in(20_000, () => world.setFlag('web-2', false));

      const { code, stderr } = await world.run(line);

      assert.equal(code, 6, stderr);
      assert.match(stderr, /somebody else undrained web-2 meanwhile; octo-ha leaves it so/);
      assert.deepEqual(world.machine('web-2').effects, []);
      assert.equal((await world.flags())['web-2']?.draining, false);
    });

    test('stops when the cap of the node is changed, and goes on when it is resumed', async () => {
      await using world = await busyPair();
      world.in(20_000, () => setCap(world, 'web-2', 2));

      const { code, stderr } = await world.run(line);
      const effects = [...world.machine('web-2').effects];
      const [id = ''] = /\d{8}-\d{6}-\w{4}/.exec(stderr) ?? [];
      const again = await world.run(`operation resume ${id}`);

      assert.equal(code, 6, stderr);
      assert.match(stderr, /somebody else changed the task cap of web-2 from 5 to 2 meanwhile/);
      assert.deepEqual(effects, []);
      assert.equal(again.code, 0, again.stderr);
    });

    test('stops before it touches the machine when the other node is drained, and goes on when it is back', async () => {
      await using world = await busyPair();
      world.in(20_000, () => world.setFlag('web-1', true));

      const { code, stderr } = await world.run(line);
      const effects = [...world.machine('web-2').effects];
      const [id = ''] = /\d{8}-\d{6}-\w{4}/.exec(stderr) ?? [];
      const still = await world.run(`operation resume ${id}`);
      await world.setFlag('web-1', false);
      const again = await world.run(`operation resume ${id}`);

      assert.equal(code, 6, stderr);
      assert.match(stderr, /web-1 is drained; web-2 is not stopped: no other node than web-2 is known to take tasks/);
      assert.match(stderr, new RegExp(`octo-ha operation resume ${id}`));
      assert.deepEqual(effects, []);
      assert.equal(still.code, 6, still.stderr);
      assert.equal(again.code, 0, again.stderr);
    });

    test('goes on when the other node is drained and the guards were overridden', async () => {
      await using world = await busyPair();
      world.in(20_000, () => world.setFlag('web-1', true));

      const overrides = '--override last-task-node --override last-web-node --reason upgrade';
      const { code, stderr } = await world.run(`${line} ${overrides}`);

      assert.equal(code, 0, stderr);
    });

    test('stops when the other node is lost between two effects on the machine', async () => {
      await using world = await busyPair();
      const machine = world.machine('web-2');
      const { code, stderr } = await world.run(line, {
        shell: (real) => ({
          ...real,
          async run(bootstrap, document, signal) {
            const answer = await real.run(bootstrap, document, signal);
            if (machine.effects.at(-1)?.startsWith('set-start-type disabled')) await world.lose('web-1');
            if (machine.effects.at(-1)?.startsWith('set-start-type disabled')) await world.pass(200_000);
            return answer;
          },
        }),
      });

      assert.equal(code, 6, stderr);
      assert.match(stderr, /web-1 is offline; web-2 is not stopped/);
      assert.equal(machine.service, 'active');
    });
  });
}

describe('node drain, while somebody else acts', () => {
  test('stops when the cap of the node is changed', async () => {
    await using world = await busyPair();
    world.in(20_000, () => setCap(world, 'web-2', 2));

    const { code, stderr } = await world.run('node drain web-2 --yes');

    assert.equal(code, 6, stderr);
    assert.match(stderr, /changed the task cap of web-2 from 5 to 2/);
  });
});

describe('what somebody else did meanwhile', () => {
  test('stands in the audit of the operation that it has stopped, and between which moments', async () => {
    await using world = await busyPair();
    const began = world.now;
    world.in(20_000, () => world.setFlag('web-2', false));

    await world.run('node restart web-2 --yes');
    const { entries } = JSON.parse((await world.run('audit --node web-2 --json')).stdout) as {
      entries: Record<string, string>[];
    };

    const outside = entries.filter(({ who }) => who === 'outside octo-ha');
    assert.deepEqual(
      outside.map(({ node, action, before, after }) => [node, action, before, after]),
      [['web-2', 'undrain', 'draining', 'in service']],
    );
    const [, from = '', to = ''] = /^between (\S+) and (\S+)$/.exec(outside[0]?.['reason'] ?? '') ?? [];
    assert.ok(Date.parse(from) >= began.getTime() && Date.parse(to) >= began.getTime() + 20_000);
    assert.ok(Date.parse(to) <= world.now.getTime());
  });
});

describe('node undrain, while somebody else acts', () => {
  test('stops when the node is drained again before its ping has followed, and leaves it so', async () => {
    await using world = await busyPair();
    await world.run('node drain web-2 --yes');
    const sluggish = { status: 418, body: JSON.stringify({ Name: 'web-2', IsInMaintenanceMode: true }) };
    world.pings.set('web-2', sluggish);
    world.in(6_000, () => world.setFlag('web-2', true));

    const { code, stderr } = await world.run('node undrain web-2');

    assert.equal(code, 6, stderr);
    assert.match(stderr, /somebody else drained web-2 meanwhile; octo-ha leaves it so/);
    assert.equal((await world.flags())['web-2']?.draining, true);
  });
});

describe('node cap, while somebody else acts', () => {
  test('changes nothing when the cap is another one at that moment', async () => {
    await using world = await busyPair();
    let isChanged = false;

    const { code, stderr } = await world.run('node cap web-2 9', {
      session: (real) => ({
        ...real,
        async change(steps, signal) {
          // In front of the effect itself.
          if (!isChanged && steps.some(({ sql }) => /update "?dbo.*MaxConcurrentTasks/is.test(sql))) {
            isChanged = true;
            await setCap(world, 'web-2', 2);
          }
          return await real.change(steps, signal);
        },
      }),
    });

    assert.ok(isChanged);
    assert.equal(code, 6, stderr);
    assert.match(stderr, /somebody else changed the task cap of web-2/);
    assert.equal((await world.flags())['web-2']?.cap, 2);
  });
});

describe('node start, while somebody else acts', () => {
  test('stops when the node is given tasks before it is seen again', async () => {
    await using world = await busyPair();
    await world.run('node stop web-2 --yes');
    world.pings.set('web-2', 'down');
    world.in(10_000, () => world.setFlag('web-2', false));

    const { code, stderr } = await world.run('node start web-2 --yes', {
      // Its web server is slow to come.
      http: {
        send: async (request, signal) => {
          if (request.url.includes('web-2')) throw new Failure('unreachable', 'cannot reach web-2');
          return await world.http.send(request, signal);
        },
      },
    });

    assert.equal(code, 6, stderr);
    assert.match(stderr, /somebody else undrained web-2 meanwhile; octo-ha leaves it so/);
  });
});

describe('an owner that comes back after it was taken over', () => {
  test('touches no row any more, and its machine refuses it', async () => {
    await using world = await busyPair();
    const machine = world.machine('web-2');
    let other: Awaited<ReturnType<World['run']>> | undefined;
    let refused = '';
    const rows = async () => ({ journal: await world.journal(), flags: await world.flags() });
    let finished: Awaited<ReturnType<typeof rows>> | undefined;
    const owner = await world.run('node restart web-2 --yes', {
      shell: (real) => ({
        ...real,
        async run(bootstrap, document, signal) {
          const { action } = JSON.parse(document);
          if (action !== 'service-stop' || other !== undefined) return await real.run(bootstrap, document, signal);
          // It stands still in front of its effect, and another process finishes the operation.
          await world.pass(60_000);
          other = await world.run('node restart web-2 --yes', { identity: { who: 'bob@desk', pid: 2 } });
          finished = await rows();
          const answer = await real.run(bootstrap, document, signal);
          refused = answer.stdout;
          return answer;
        },
      }),
    });

    assert.equal(other?.code, 0, other?.stderr);
    assert.match(refused, /"state":"refused"/);
    assert.notEqual(owner.code, 0);
    assert.deepEqual(await rows(), finished);
    assert.equal(machine.effects.filter((effect) => effect === 'service-stop').length, 1);
    assert.equal(finished?.flags['web-2']?.draining, false);
  });
});
