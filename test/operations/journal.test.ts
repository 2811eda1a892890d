import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Failure } from '../../src/errors.js';
import type { Session } from '../../src/ports/database.js';
import { matchesSchema } from '../support/schemas.js';
import { World } from '../support/world.js';

const three = [{ name: 'web-1' }, { name: 'web-2' }, { name: 'web-3' }];
const anna = { who: 'anna@desk', pid: 1 };
const bob = { who: 'bob@desk', pid: 2 };
const carol = { who: 'carol@laptop', pid: 3 };

async function busyWorld(): Promise<World> {
  const world = await World.create(three);
  await world.addTask({ id: 'ServerTasks-1', state: 'Executing', node: 'web-2' });
  return world;
}

/** A session that dies at its first look after the flag was set, as a killed process does. */
const killedWhileWaiting = (real: Session): Session => {
  let changes = 0;
  let dead = false;
  return {
    ...real,
    async read(statements, signal) {
      if (dead || changes >= 3) {
        dead = true;
        throw new Error('killed');
      }
      return await real.read(statements, signal);
    },
    async change(steps, signal) {
      if (dead) throw new Error('killed');
      changes++;
      return await real.change(steps, signal);
    },
  };
};

/** Leaves a drain of web-2 behind whose process was killed while it waited. */
async function killedDrain(world: World, identity = anna): Promise<string> {
  assert.equal((await world.run('node drain web-2 --yes', { session: killedWhileWaiting, identity })).code, 70);
  const { operations } = JSON.parse((await world.run('operation list --json')).stdout);
  assert.deepEqual([operations[0].kind, operations[0].state], ['drain', 'running']);
  return operations[0].id;
}

describe('the lease', () => {
  test('lets exactly one of two operations of the same moment run', async () => {
    for (let round = 0; round < 10; round++) {
      await using world = await World.create(three);

      const outcomes = await Promise.all([
        world.run('node cap web-1 7 --yes', { identity: anna }),
        world.run('node cap web-2 8 --yes', { identity: carol }),
      ]);

      const codes = outcomes.map(({ code }) => code).sort();
      const caps = Object.values(await world.flags()).map(({ cap }) => cap);
      // The second may also come just after the first has ended, and then runs in its turn.
      if (codes[1] === 0) assert.deepEqual(caps, [7, 8, 5]);
      else {
        assert.deepEqual(codes, [0, 8]);
        assert.equal(caps.filter((cap) => cap !== 5).length, 1);
      }
    }
  });

  test('names who holds it, with which operation and since when', async () => {
    await using world = await busyWorld();
    const id = await killedDrain(world, carol);

    const { code, stderr, stdout } = await world.run('node cap web-1 7 --yes --json', { identity: anna });

    assert.equal(code, 8, stderr);
    const { error } = await matchesSchema('error', stdout);
    assert.match(
      (error as { message: string }).message,
      /carol@laptop holds the cluster since 2026-03-01T10:00:00.000Z with operation/,
    );
    assert.equal((error as { operation: string }).operation, id);
    assert.equal((await world.flags())['web-1']?.cap, 5);
  });

  test('of a dead process of this machine is taken at once, and its operation goes on under its own id', async () => {
    await using world = await busyWorld();
    const id = await killedDrain(world);
    world.dead.add(anna.pid);
    world.in(30_000, () => world.endTask('ServerTasks-1'));

    const { code, stdout } = await world.run('node drain web-2 --yes --json', { identity: bob });

    assert.equal(code, 0);
    assert.equal(JSON.parse(stdout).operation, id);
  });

  test('that expired with its process is told as interrupted, and nobody is sent to watch it', async () => {
    await using world = await busyWorld();
    const id = await killedDrain(world);
    const stateNow = async () => JSON.parse((await world.run('operation list --json')).stdout).operations[0].state;
    const before = await stateNow();
    await world.pass(31_000);

    const watched = await world.run(`operation watch ${id}`);
    const next = await world.run('__next');

    assert.deepEqual([before, await stateNow()], ['running', 'interrupted']);
    assert.equal(watched.code, 0, watched.stderr);
    assert.match(watched.stdout, /state +interrupted/);
    assert.match(next.stdout, /drain web-2 is interrupted/);
    assert.doesNotMatch(next.stdout, /operation watch/);
    assert.equal(JSON.parse((await world.run('status --json')).stdout).operation.state, 'interrupted');
  });

  test('of another machine is waited for', async () => {
    await using world = await busyWorld();
    const id = await killedDrain(world, carol);
    world.in(60_000, () => world.endTask('ServerTasks-1'));

    assert.equal((await world.run('node drain web-2 --yes', { identity: anna })).code, 8);
    const { code, stdout } = await world.run('node drain web-2 --yes --json --wait-lease 1m', { identity: anna });

    assert.equal(code, 0);
    assert.equal(JSON.parse(stdout).operation, id);
  });

  test('that has expired does not let another operation pass one that was killed', async () => {
    await using world = await busyWorld();
    const id = await killedDrain(world);
    world.dead.add(anna.pid);

    const { code, stderr } = await world.run('node cap web-1 7 --yes', { identity: bob });

    assert.equal(code, 8);
    assert.match(stderr, new RegExp(`octo-ha operation resume ${id}`));
    assert.equal((await world.flags())['web-1']?.cap, 5);
  });

  test('is renewed while an operation waits', async () => {
    await using world = await busyWorld();
    let refused: number | undefined;
    world.in(300_000, async () => {
      refused = (await world.run('node cap web-1 7 --yes', { identity: carol })).code;
    });
    world.in(310_000, () => world.endTask('ServerTasks-1'));

    assert.equal((await world.run('node drain web-2 --yes', { identity: anna })).code, 0);
    assert.equal(refused, 8);
    assert.equal((await world.run('node cap web-1 7 --yes', { identity: carol })).code, 0);
  });
});

describe('takeover', () => {
  test('is obeyed at the next heartbeat; the operation stops and can be resumed', async () => {
    await using world = await busyWorld();
    let taken: { code: number; stdout: string } | undefined;
    let id = '';
    world.in(20_000, async () => {
      id = JSON.parse((await world.run('operation list --json')).stdout).operations[0].id;
      const line = `operation takeover ${id} --reason urgent --confirm ${id} --json`;
      // It waits for the owner, and the owner only goes on when this returns: so nobody answers, and it is fenced.
      taken = await world.run(line, { identity: carol });
    });

    const { code, stderr } = await world.run('node drain web-2 --yes', { identity: anna });

    assert.equal(taken?.code, 0);
    assert.equal(JSON.parse(taken?.stdout ?? '{}').how, 'fenced');
    assert.equal(code, 6);
    assert.match(stderr, /taken over|asked this operation to stop/);
    assert.equal(JSON.parse((await world.run(`operation show ${id} --json`)).stdout).operation.state, 'interrupted');
    await world.endTask('ServerTasks-1');
    assert.equal((await world.run(`operation resume ${id}`, { identity: carol })).code, 0);
  });

  test('an owner that was fenced changes nothing more', async () => {
    await using world = await busyWorld();
    world.in(20_000, async () => {
      const [{ id }] = JSON.parse((await world.run('operation list --json')).stdout).operations;
      assert.equal(
        (await world.run(`operation takeover ${id} --reason x --confirm ${id}`, { identity: carol })).code,
        0,
      );
      assert.equal((await world.run(`operation abort ${id} --yes`, { identity: carol })).code, 0);
    });

    const { code } = await world.run('node drain web-2 --yes --drain-timeout 5m --on-timeout undrain', {
      identity: anna,
    });

    assert.equal(code, 6);
    assert.equal((await world.flags())['web-2']?.draining, false);
  });

  test('wants a reason and the operation typed', async () => {
    await using world = await busyWorld();
    const id = await killedDrain(world);

    assert.equal((await world.run(`operation takeover ${id} --confirm ${id}`)).code, 2);
    assert.equal((await world.run(`operation takeover ${id} --reason x --yes`)).code, 3);
  });
});

describe('the journal', () => {
  test('of an interrupted drain lets any machine go on', async () => {
    await using world = await busyWorld();
    const ending = new AbortController();
    world.in(20_000, async () => ending.abort(new Failure('interrupted', 'ended by SIGINT')));

    const interrupted = await world.run('node drain web-2 --yes --json', { signal: ending.signal, identity: anna });
    assert.equal(interrupted.code, 130);
    const { operation: id } = JSON.parse(interrupted.stdout).error;
    await world.endTask('ServerTasks-1');
    const resumed = await world.run(`operation resume ${id} --json`, { identity: carol });

    assert.equal(resumed.code, 0, resumed.stderr);
    const { operation, steps } = await matchesSchema('operation-show', resumed.stdout);
    assert.equal((operation as { state: string }).state, 'done');
    assert.equal((steps as unknown[]).length, 1);
  });

  test('abort undoes a drain, and says what it leaves', async () => {
    await using world = await busyWorld();
    const id = await killedDrain(world);
    world.dead.add(anna.pid);

    const { code, stdout } = await world.run(`operation abort ${id} --yes`, { identity: bob });

    assert.equal(code, 0);
    assert.match(stdout, /web-2 takes tasks again/);
    assert.equal((await world.flags())['web-2']?.draining, false);
    assert.equal((await world.run(`operation resume ${id}`, { identity: bob })).code, 3);
  });

  test('abort leaves a flag that somebody else has changed', async () => {
    await using world = await busyWorld();
    const id = await killedDrain(world);
    world.dead.add(anna.pid);
    await world.setFlag('web-2', false);

    const { stdout } = await world.run(`operation abort ${id} --yes`, { identity: bob });

    assert.match(stdout, /was changed by somebody else and stays as it is/);
  });

  test('a detached drain waits, and a later undrain gives it up', async () => {
    await using world = await busyWorld();
    await world.run('node drain web-2 --yes --detach');
    await world.run('node undrain web-2');

    const { operations } = await matchesSchema('operation-list', (await world.run('operation list --json')).stdout);

    const states = (operations as { kind: string; state: string }[]).map(({ kind, state }) => `${kind} ${state}`);
    assert.deepEqual(states.sort(), ['drain aborted', 'undrain done']);
  });

  for (const [when, expected] of [
    ['after', 0],
    ['before', 7],
  ] as const) {
    test(`contact lost ${when} an effect was made ends with ${expected}, and the same command finishes it`, async () => {
      await using world = await World.create(three);
      const losing = (real: Session): Session => ({
        ...real,
        async change(steps, signal) {
          const isEffect = steps.some(({ sql }) => sql.includes('IsInMaintenanceMode'));
          if (!isEffect) return await real.change(steps, signal);
          if (when === 'after') await real.change(steps, signal);
          throw new Failure('unknown', 'contact was lost');
        },
      });

      const { code } = await world.run('node drain web-2 --yes', { session: losing });

      assert.equal(code, expected);
      world.dead.add(1);
      assert.equal((await world.run('node drain web-2 --yes', { identity: bob })).code, 0);
      assert.equal((await world.flags())['web-2']?.draining, true);
    });
  }

  test('of a cap that was cut short is not continued by another cap', async () => {
    await using world = await World.create(three);
    const dying = (real: Session): Session => ({
      ...real,
      async change(steps, signal) {
        if (steps.some(({ sql }) => sql.includes('MaxConcurrentTasks'))) throw new Error('killed');
        return await real.change(steps, signal);
      },
    });
    assert.equal((await world.run('node cap web-2 7', { session: dying })).code, 70);

    assert.equal((await world.run('node cap web-2 9', { identity: bob })).code, 0);

    const { operations } = JSON.parse((await world.run('operation list --json')).stdout);
    assert.deepEqual(operations.map((o: { state: string }) => o.state).sort(), ['aborted', 'done']);
  });

  test('goes on after an outage longer than the lease', async () => {
    await using world = await busyWorld();
    world.in(70_000, () => world.endTask('ServerTasks-1'));
    const start = world.now.getTime();
    const failing = (real: Session): Session => {
      const reach = async <T>(work: () => Promise<T>): Promise<T> => {
        const at = world.now.getTime() - start;
        if (at > 72_000 && at < 117_000) throw new Failure('unreachable', 'the server does not answer');
        return await work();
      };
      return {
        ...real,
        read: (statements, signal) => reach(() => real.read(statements, signal)),
        change: (steps, signal) => reach(() => real.change(steps, signal)),
      };
    };

    const { code, stderr } = await world.run('node drain web-2 --yes', { session: failing });

    assert.equal(code, 0, stderr);
    assert.match((await world.run('operation list')).stdout, /drain +web-2 +done/);
  });

  for (const [line, flag] of [
    ['node undrain web-2', true],
    ['node cap web-2 9', false],
  ] as const) {
    test(`of a ${line} that was killed after its effect is ended by the same command`, async () => {
      await using world = await World.create(three);
      await world.setFlag('web-2', flag);
      const killedAfterEffect = (real: Session): Session => {
        let dead = false;
        return {
          ...real,
          async read(statements, signal) {
            if (dead) throw new Error('killed');
            return await real.read(statements, signal);
          },
          async change(steps, signal) {
            if (dead) throw new Error('killed');
            const changed = await real.change(steps, signal);
            dead = steps.some(({ sql }) => sql.includes('OctopusServerNode'));
            if (dead) throw new Error('killed');
            return changed;
          },
        };
      };
      assert.equal((await world.run(line, { session: killedAfterEffect, identity: anna })).code, 70);
      world.dead.add(anna.pid);

      assert.equal((await world.run(line, { identity: bob })).code, 0);
      assert.match((await world.run('operation list')).stdout, /done/);
      assert.equal((await world.run('node cap web-1 8', { identity: bob })).code, 0);
    });
  }

  test('lets one that queues for the lease run in its turn', async () => {
    await using world = await busyWorld();
    let queued: Promise<{ code: number; stderr: string }> | undefined;
    world.in(10_000, async () => {
      queued = world.run('node cap web-1 7 --wait-lease 5m', { identity: carol });
    });
    world.in(30_000, () => world.endTask('ServerTasks-1'));

    assert.equal((await world.run('node drain web-2 --yes', { identity: anna })).code, 0);
    const outcome = await queued;
    assert.equal(outcome?.code, 0, outcome?.stderr);
  });

  test('a result that is not known is told as such, also when the time is over at that moment', async () => {
    await using world = await World.create(three);
    const losing = (real: Session): Session => {
      let lost = false;
      return {
        ...real,
        async read(statements, signal) {
          if (lost) throw new Failure('unreachable', 'gone');
          return await real.read(statements, signal);
        },
        async change(steps, signal) {
          if (!steps.some(({ sql }) => sql.includes('IsInMaintenanceMode'))) return await real.change(steps, signal);
          await real.change(steps, signal);
          await world.clock.sleep(60_000, new AbortController().signal);
          lost = true;
          throw new Failure('unknown', 'contact was lost');
        },
      };
    };

    const { code } = await world.run('node drain web-2 --yes --drain-timeout 30s', { session: losing });

    assert.equal(code, 7);
    assert.equal((await world.flags())['web-2']?.draining, true);
  });

  test('a change of the cap does not give up a detached drain', async () => {
    await using world = await busyWorld();
    await world.run('node drain web-2 --yes --detach');
    await world.run('node cap web-2 3 --yes --override capacity');

    const { operations } = JSON.parse((await world.run('operation list --json')).stdout);
    assert.deepEqual(operations.map((o: { kind: string; state: string }) => `${o.kind} ${o.state}`).sort(), [
      'cap done',
      'drain waiting',
    ]);
  });

  test('of a node that was deleted can be given up', async () => {
    await using world = await busyWorld();
    const id = await killedDrain(world);
    world.dead.add(anna.pid);
    await world.execute(["DELETE FROM dbo.OctopusServerNode WHERE Name = 'web-2'"]);

    const { code, stdout } = await world.run(`operation abort ${id} --yes`, { identity: bob });

    assert.equal(code, 0);
    assert.match(stdout, /web-2 is no longer registered/);
    assert.equal((await world.run('node cap web-1 8', { identity: bob })).code, 0);
  });

  test('is not touched by a dry run', async () => {
    await using world = await busyWorld();
    const id = await killedDrain(world);
    world.dead.add(anna.pid);
    const before = { flags: await world.flags(), journal: await world.journal() };

    for (const line of [
      `operation resume ${id}`,
      `operation abort ${id} --yes`,
      `operation takeover ${id} --reason x --confirm ${id}`,
    ]) {
      const { code, stdout } = await world.run(`${line} --dry-run`, { identity: bob });
      assert.equal(code, 0);
      assert.match(stdout, /^would /);
    }

    assert.deepEqual({ flags: await world.flags(), journal: await world.journal() }, before);
  });

  test('a resumed drain of the last node wants the name typed as the first run did', async () => {
    await using world = await World.create([{ name: 'web-1' }]);
    const overrides = '--override last-task-node --override last-web-node';
    const dying = (real: Session): Session => ({
      ...real,
      async change(steps, signal) {
        if (steps.some(({ sql }) => sql.includes('IsInMaintenanceMode'))) throw new Error('killed');
        return await real.change(steps, signal);
      },
    });
    assert.equal((await world.run(`node drain web-1 --confirm web-1 ${overrides}`, { session: dying })).code, 70);
    const [{ id }] = JSON.parse((await world.run('operation list --json')).stdout).operations;

    assert.equal((await world.run(`operation resume ${id} --yes ${overrides}`, { identity: bob })).code, 3);
    assert.equal((await world.flags())['web-1']?.draining, false);
    assert.equal((await world.run(`operation resume ${id} --confirm web-1 ${overrides}`, { identity: bob })).code, 0);
  });

  test('a resumed drain does not set a flag again that somebody else has cleared', async () => {
    await using world = await busyWorld();
    const id = await killedDrain(world);
    world.dead.add(anna.pid);
    await world.setFlag('web-2', false);

    const { code, stderr } = await world.run(`operation resume ${id}`, { identity: bob });

    assert.equal(code, 6, stderr);
    assert.equal((await world.flags())['web-2']?.draining, false);
  });

  test('a flag that somebody else had set becomes a hold of whoever drains the node', async () => {
    await using world = await World.create(three);
    await world.setFlag('web-2', true);

    assert.equal((await world.run('node drain web-2 --yes --reason disk', { identity: anna })).code, 0);
    assert.match((await world.run('status')).stdout, /anna@desk: disk/);
    assert.equal((await world.run('node undrain web-2', { identity: carol })).code, 3);
  });

  test('that is not there is never told as one in which nothing stands', async () => {
    await using world = await World.create(three);
    await world.dropOwnTables();

    for (const line of ['operation list', 'operation show x', 'audit']) {
      const { code, stderr } = await world.run(line);
      assert.equal(code, 2, line);
      assert.match(stderr, /not set up/);
    }
  });

  test('of somebody else can be watched to its end', async () => {
    await using world = await busyWorld();
    world.in(5_000, async () => {
      await world.endTask('ServerTasks-1');
      const { operations } = JSON.parse((await world.run('operation list --json')).stdout);
      assert.equal(operations[0].state, 'running');
    });
    await world.run('node drain web-2 --yes', { identity: anna });
    const [{ id }] = JSON.parse((await world.run('operation list --json')).stdout).operations;
    const watched = await world.run(`operation watch ${id}`, { identity: carol });

    assert.equal(watched.code, 0);
    assert.equal(watched.stderr, 'drain web-2: done, 1 step done');
  });

  test('without its tables nothing is changed', async () => {
    await using world = await World.create(three);
    await world.dropOwnTables();

    await world.setFlag('web-1', true);
    for (const line of ['node drain web-2 --yes', 'node cap web-2 9', 'node undrain web-1']) {
      const { code, stderr } = await world.run(line);
      assert.equal(code, 2, line);
      assert.match(stderr, /octo-ha database migrate/);
    }
    assert.deepEqual(
      Object.values(await world.flags()).map(({ draining, cap }) => `${draining} ${cap}`),
      ['true 5', 'false 5', 'false 5'],
    );
  });
});

describe('holds', () => {
  test('status tells who keeps a node out, why, and when it lasts too long', async () => {
    await using world = await World.create(three);
    await world.run('node drain web-2 --yes --expect 1h --reason disk');

    assert.match((await world.run('status')).stdout, /web-2 +drained.*anna@desk: disk$/m);
    await world.clock.sleep(3 * 3_600_000, new AbortController().signal);
    assert.match(
      (await world.run('status')).stdout,
      /anna@desk: disk \(1h 5\dm longer than expected\)|anna@desk: disk \(2h.* longer than expected\)/,
    );
    const { nodes } = await matchesSchema('status', (await world.run('status --json')).stdout);
    assert.equal((nodes as { hold: { why: string } | null }[])[1]?.hold?.why, 'disk');
  });

  test("somebody else's is not lifted without a question", async () => {
    await using world = await World.create(three);
    await world.run('node drain web-2 --yes', { identity: anna });

    assert.equal((await world.run('node undrain web-2', { identity: carol })).code, 3);
    assert.equal((await world.run('node undrain web-2 --yes', { identity: carol })).code, 0);
    assert.equal((await world.run('node drain web-2 --yes', { identity: anna })).code, 0);
    assert.equal((await world.run('node undrain web-2', { identity: anna })).code, 0);
  });
});

describe('the audit', () => {
  test('tells who did what and why', async () => {
    await using world = await World.create(three);
    await world.run('node drain web-2 --yes --reason disk --change CHG-7');
    await world.run('node undrain web-2');
    await world.run('node cap web-1 9');

    const { entries } = await matchesSchema('audit', (await world.run('audit --json')).stdout);

    const told = (entries as Record<string, string>[]).map((e) => [
      e['node'],
      e['action'],
      e['before'],
      e['after'],
      e['changeId'],
      e['reason'],
    ]);
    assert.deepEqual(told, [
      ['web-2', 'drain', 'in service', 'draining', 'CHG-7', 'disk'],
      ['web-2', 'undrain', 'draining', 'in service', null, null],
      ['web-1', 'cap', '5', '9', null, null],
    ]);
    assert.match((await world.run('audit --node web-1')).stdout, /web-1 +cap +5 → 9 +anna@desk/);
    assert.match((await world.run('audit -o csv')).stdout, /^id,at,login,who/);
  });

  test('tells what was changed outside octo-ha, and between which moments', async () => {
    await using world = await World.create(three);
    await world.run('node cap web-1 9');
    const since = world.now;
    await world.pass(60_000);
    await world.setFlag('web-3', true);
    await world.execute(["UPDATE dbo.OctopusServerNode SET MaxConcurrentTasks = 2 WHERE Name = 'web-2'"]);
    await world.run('node cap web-1 10');

    const { entries } = await matchesSchema('audit', (await world.run('audit --json')).stdout);

    const outside = (entries as Record<string, string>[]).filter(({ who }) => who === 'outside octo-ha');
    assert.deepEqual(
      outside.map((e) => [e['node'], e['action'], e['before'], e['after'], e['channel'], e['operation']]),
      [
        ['web-2', 'cap', '5', '2', 'outside', null],
        ['web-3', 'drain', 'in service', 'draining', 'outside', null],
      ],
    );
    assert.equal(outside[0]?.['reason'], `between ${since.toISOString()} and ${world.now.toISOString()}`);
    assert.equal((entries as unknown[]).length, 4, 'a change of octo-ha counts as one made outside');
  });
});
