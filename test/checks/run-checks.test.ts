import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type Check, type CheckId, fail, pass, skip, unknown, type Verdict, warn } from '../../src/checks/check.js';
import { limiter } from '../../src/checks/limiter.js';
import type { Outcome } from '../../src/checks/outcome.js';
import { runChecks } from '../../src/checks/run-checks.js';
import type { World } from '../../src/checks/world.js';
import type { Node } from '../../src/cluster/node.js';
import { Failure } from '../../src/errors.js';
import { manualClock } from '../support/manual-clock.js';

const { signal } = new AbortController();

const node = (name: string, state: Node['state'] = 'running'): Node => ({
  ...{ id: `OctopusServerNodes-${name}`, name, state, draining: false, hold: null, runningTasks: 0, taskCap: 5 },
  ...{ lastSeen: null, version: null },
});

const worldWith = (nodes: readonly Node[]): World => ({ status: async () => ({ nodes }) }) as unknown as World;
const nowhere = worldWith([]);

const check = (id: CheckId, run: (within: AbortSignal) => Promise<Verdict>, needs: readonly CheckId[] = []): Check => ({
  ...{
    kind: 'cluster',
    id,
    title: `${id} is well`,
    why: 'a test',
    cure: { text: 'cure it', commands: ['do NODE'] },
    needs,
  },
  run: (_world: World, within: AbortSignal) => run(within),
});

const onNodes = (id: CheckId, run: (node: Node) => Promise<Verdict>, needs: readonly CheckId[] = []): Check => ({
  ...{
    kind: 'node',
    from: 'machine',
    id,
    title: id,
    why: 'a test',
    cure: { text: 'cure it', commands: ['do NODE'] },
    needs,
  },
  run: (_world: World, one: Node) => run(one),
});

const options = { clock: manualClock({ auto: true }), signal, jobs: 8, deadline: 1_000 };

async function all(run: AsyncIterable<Outcome>): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for await (const outcome of run) outcomes.push(outcome);
  return outcomes;
}

const breathe = async (turns: number): Promise<void> => {
  for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve));
};

/** What a generated check does: its verdict, for how long it takes, and the earlier ones it needs. */
const plans = fc.array(
  fc.record({
    does: fc.constantFrom('pass', 'warn', 'fail', 'skip', 'unknown', 'throws', 'fails'),
    turns: fc.nat(6),
    needs: fc.array(fc.nat(20), { maxLength: 3 }),
  }),
  { maxLength: 20 },
);

const verdicts: Readonly<Record<string, () => Promise<Verdict>>> = {
  pass: async () => pass(),
  warn: async () => warn('odd'),
  fail: async () => fail('bad'),
  skip: async () => skip('no need'),
  unknown: async () => unknown('who knows'),
  throws: async () => {
    throw new TypeError('a bug');
  },
  fails: async () => {
    throw new Failure('unreachable', 'nobody answers');
  },
};

describe('runChecks', () => {
  test('yields every check once, as declared, skipped exactly where a need does not hold, never more at once than allowed', async () => {
    await fc.assert(
      fc.asyncProperty(plans, fc.integer({ min: 1, max: 5 }), async (plan, jobs) => {
        let running = 0;
        let most = 0;
        const id = (i: number): CheckId => `nodes/check-${i}`;
        const checks = plan.map(({ does, turns, needs }, i) =>
          check(
            id(i),
            async () => {
              most = Math.max(most, ++running);
              await breathe(turns);
              running--;
              return await (verdicts[does] as () => Promise<Verdict>)();
            },
            needs.filter((need) => need < i).map(id),
          ),
        );

        const outcomes = await all(runChecks(checks, nowhere, { ...options, jobs }));

        assert.deepEqual(
          outcomes.map((outcome) => outcome.check.id),
          checks.map((one) => one.id),
        );
        assert.ok(most <= jobs, `${most} of ${jobs}`);
        const status = new Map(outcomes.map((outcome) => [outcome.check.id, outcome.status]));
        for (const [i, outcome] of outcomes.entries()) {
          const hindered = (checks[i]?.needs ?? []).some((need) => !['pass', 'warn'].includes(status.get(need) ?? ''));
          const does = plan[i]?.does ?? '';
          const expected = does === 'throws' ? 'crash' : does === 'fails' ? 'unknown' : does;
          assert.equal(outcome.status, hindered ? 'skip' : expected);
          assert.equal(outcome.problem === null, outcome.status === 'pass');
        }
      }),
    );
  });

  test('gives up a check that does not answer, at its own deadline, and no other', async () => {
    const clock = manualClock();
    const never = () => new Promise<never>(() => {});
    const patient: Check = { ...check('nodes/patient', never), deadline: 5_000 };
    const checks = [check('nodes/hangs', never), patient, check('nodes/well', async () => pass())];
    const run = all(runChecks(checks, nowhere, { ...options, clock }));

    await breathe(3);
    await clock.advance(1_000);
    await clock.advance(4_000);
    const outcomes = await run;

    assert.deepEqual(
      outcomes.map(({ status, problem }) => [status, problem]),
      [
        ['unknown', 'no answer within 1s'],
        ['unknown', 'no answer within 5s'],
        ['pass', null],
      ],
    );
  });

  test('tells the check that its time is over', async () => {
    const clock = manualClock();
    let told = false;
    const listening = check('nodes/listens', async (within) => {
      await new Promise<void>((resolve) =>
        within.addEventListener('abort', () => {
          told = true;
          resolve();
        }),
      );
      return pass();
    });
    const run = all(runChecks([listening], nowhere, { ...options, clock }));

    await breathe(3);
    await clock.advance(1_000);
    await run;

    assert.ok(told);
  });

  test('does not count the time that a check waits for its turn', async () => {
    const clock = manualClock();
    const slow = (id: CheckId) =>
      check(id, async (within) => {
        await clock.sleep(900, within);
        return pass();
      });
    const run = all(runChecks([slow('nodes/a'), slow('nodes/b')], nowhere, { ...options, clock, jobs: 1 }));

    await breathe(3);
    await clock.advance(900);
    await breathe(3);
    await clock.advance(900);

    assert.deepEqual(
      (await run).map(({ status }) => status),
      ['pass', 'pass'],
    );
  });

  test('looks at each node that is not stale, and takes its name into the commands', async () => {
    const nodes = [node('web-1'), node('web-2', 'stale'), node('web-3', 'offline')];
    const look = onNodes('nodes/look', async ({ name }) => (name === 'web-3' ? fail('it is down') : pass()));
    const after = onNodes('nodes/after', async () => pass(), ['nodes/look']);
    const compares = check('nodes/compares', async () => pass(), ['nodes/look']);

    const outcomes = await all(runChecks([look, after, compares], worldWith(nodes), options));

    assert.deepEqual(
      outcomes.map((outcome) => [outcome.check.id, outcome.node, outcome.observedFrom, outcome.status]),
      [
        ['nodes/look', 'web-1', 'web-1', 'pass'],
        ['nodes/look', 'web-3', 'web-3', 'fail'],
        ['nodes/after', 'web-1', 'web-1', 'pass'],
        ['nodes/after', 'web-3', 'web-3', 'skip'],
        ['nodes/compares', null, 'admin', 'pass'],
      ],
    );
    assert.deepEqual(outcomes[1]?.remedy?.commands, ['do web-3']);
  });

  test('does not put a name into a command that a shell would take apart', async () => {
    const evil = node('web;reboot');
    const look = onNodes('nodes/look', async () => fail('it is down'));

    const [outcome] = await all(runChecks([look], worldWith([evil]), options));

    assert.deepEqual(outcome?.remedy?.commands, ['do NODE']);
  });

  test('skips what looks at nodes where they are not known', async () => {
    const blind = {
      status: async () => {
        throw new Failure('unreachable', 'no database');
      },
    } as unknown as World;

    const [outcome] = await all(runChecks([onNodes('nodes/look', async () => pass())], blind, options));

    assert.deepEqual([outcome?.status, outcome?.problem], ['skip', 'the nodes are not known']);
  });

  test('looks only from where it is told to', async () => {
    const nodes = [node('web-1'), node('web-2')];
    const checks = [check('nodes/admin', async () => pass()), onNodes('nodes/machine', async () => pass())];
    const from = async (...places: readonly string[]) =>
      (await all(runChecks(checks, worldWith(nodes), { ...options, from: places }))).map(
        (outcome) => `${outcome.check.id} ${outcome.observedFrom}`,
      );

    assert.deepEqual(await from('admin'), ['nodes/admin admin']);
    assert.deepEqual(await from('WEB-2'), ['nodes/machine web-2']);
    assert.deepEqual(await from('admin', 'web-1'), ['nodes/admin admin', 'nodes/machine web-1']);
  });

  test('ends with the reason when it is asked to end', async () => {
    const ending = new AbortController();
    const run = all(
      runChecks([check('nodes/hangs', () => new Promise<never>(() => {}))], nowhere, {
        ...options,
        signal: ending.signal,
      }),
    );

    ending.abort(new Failure('interrupted', 'ended by SIGINT'));

    await assert.rejects(run, /ended by SIGINT/);
  });
});

describe('a limiter', () => {
  test('lets in as many as it may, in the order they came', async () => {
    const limit = limiter(2);
    const begun: number[] = [];
    const gates: (() => void)[] = [];
    const runs = [0, 1, 2, 3].map((i) =>
      limit(async () => {
        begun.push(i);
        await new Promise<void>((resolve) => gates.push(resolve));
      }),
    );
    await breathe(2);
    assert.deepEqual(begun, [0, 1]);
    gates[0]?.();
    await breathe(2);
    assert.deepEqual(begun, [0, 1, 2]);
    gates[1]?.();
    gates[2]?.();
    await breathe(2);
    gates[3]?.();
    await Promise.all(runs);
    assert.deepEqual(begun, [0, 1, 2, 3]);
  });

  test('gives a place back also after a failure', async () => {
    const limit = limiter(1);

    await assert.rejects(
      limit(async () => {
        throw new Error('no');
      }),
    );

    assert.equal(await limit(async () => 'next'), 'next');
  });
});
