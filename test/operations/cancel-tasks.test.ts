import assert from 'node:assert/strict';
import { setMaxListeners } from 'node:events';
import { describe, test } from 'node:test';
import { sql } from 'kysely';
import { Failure } from '../../src/errors.js';
import { type CancelTerms, cancelTasks } from '../../src/operations/cancel-tasks.js';
import type { Clock } from '../../src/ports/clock.js';
import type { ServedAnswer } from '../../src/ports/http-server.js';
import type { OctopusApi } from '../../src/ports/octopus-api.js';
import { type Answering, clientOf, rejection, type Served, serve } from '../support/served-api.js';
import { type SimulatedNode, SimulatedNodes } from '../support/simulated-nodes.js';

const { signal } = new AbortController();
setMaxListeners(0, signal);

const id = 'OctopusServerNodes-node-1';
const terms: CancelTerms = { grace: 10_000, every: 2_000 };

interface Scene extends AsyncDisposable {
  readonly cluster: SimulatedNodes;
  readonly node: SimulatedNode;
  readonly served: Served;
  readonly api: OctopusApi;
  /** Each sleep, in milliseconds. */
  readonly slept: readonly number[];
  cancel(changed?: Partial<CancelTerms>, api?: OctopusApi): ReturnType<typeof cancelTasks>;
}

/** A node with running tasks, whose time goes on while somebody sleeps. */
async function scene(
  tasks: number,
  {
    onSleep,
    through = (answer) => answer,
  }: { onSleep?: (scene: Scene) => Promise<void>; through?: (answer: Answering) => Answering } = {},
): Promise<Scene> {
  const cluster = await SimulatedNodes.create();
  const node = await cluster.started('node-1');
  await cluster.submit(tasks, { duration: 600_000 });
  await node.poll(signal);
  const served = await serve(through(node.answer));
  const slept: number[] = [];
  const clock: Pick<Clock, 'now' | 'sleep'> = {
    now: cluster.clock.now,
    async sleep(milliseconds) {
      slept.push(milliseconds);
      await (onSleep ?? (() => node.poll(signal)))(self);
      await cluster.clock.advance(milliseconds);
    },
  };
  const self: Scene = {
    ...{ cluster, node, served, slept, api: clientOf(served.url) },
    cancel: (changed, api = self.api) =>
      cancelTasks(api, { id, name: 'node-1' }, { ...terms, ...changed }, clock, signal),
    async [Symbol.asyncDispose]() {
      await served[Symbol.asyncDispose]();
      await cluster[Symbol.asyncDispose]();
    },
  };
  return self;
}

const cancels = ({ asked }: Served) => asked.filter((one) => one.startsWith('POST'));

const fates = ({ tasks }: Awaited<ReturnType<typeof cancelTasks>>) =>
  tasks.map(({ task, fate }) => `${task.id} ${task.state} ${fate}`).toSorted();

const forbidden: ServedAnswer = { status: 403, body: '{"ErrorMessage":"no"}' };

describe('cancelling the tasks of a node', () => {
  test('asks for each, once, and waits until its node has ended it', async () => {
    await using there = await scene(3);
    await there.cluster.started('node-2');
    await there.cluster.submit(1, { duration: 600_000 });

    const outcome = await there.cancel();

    assert.equal(outcome.kind, 'idle');
    assert.deepEqual(
      fates(outcome),
      [1, 2, 3].map((number) => `ServerTasks-${number} Canceled ended`),
    );
    assert.equal(cancels(there.served).length, 3);
    assert.deepEqual(there.slept, [2_000]);
  });

  test('has nothing to do on a node without tasks', async () => {
    await using there = await scene(0);

    assert.deepEqual(await there.cancel(), { kind: 'idle', tasks: [] });
    assert.deepEqual([cancels(there.served), there.slept], [[], []]);
  });

  test('reports what is stuck when the grace is over', async () => {
    await using there = await scene(2, {
      // The node is dead: nobody ends its tasks.
      onSleep: ({ cluster }) =>
        cluster.execute(sql`UPDATE dbo.ServerTask SET State = 'Canceled' WHERE Id = 'ServerTasks-2'`),
    });

    const outcome = await there.cancel({ grace: 5_000 });

    assert.equal(outcome.kind, 'busy');
    assert.deepEqual(fates(outcome), ['ServerTasks-1 Cancelling stuck', 'ServerTasks-2 Canceled ended']);
    assert.deepEqual(there.slept, [2_000, 2_000, 1_000]);
    assert.equal(cancels(there.served).length, 2);
  });

  test('cancels also without any grace, and with nothing but stuck tasks comes to an end', async () => {
    await using there = await scene(1, { onSleep: async () => {} });

    const first = await there.cancel({ grace: 0 });
    const second = await there.cancel({ grace: 0 });

    assert.deepEqual(
      [fates(first), fates(second)],
      [['ServerTasks-1 Cancelling stuck'], ['ServerTasks-1 Cancelling stuck']],
    );
    assert.equal(cancels(there.served).length, 1);
  });

  test('also cancels what the node takes meanwhile, and tells what was deleted', async () => {
    let looked = 0;
    await using there = await scene(1, {
      async onSleep({ cluster, node }) {
        if (looked++ > 0) return await node.poll(signal);
        await cluster.execute(sql`DELETE FROM dbo.ServerTask WHERE Id = 'ServerTasks-1'`);
        await cluster.submit(1, { duration: 600_000 });
        await node.poll(signal);
      },
    });

    const outcome = await there.cancel();

    assert.equal(outcome.kind, 'idle');
    assert.deepEqual(fates(outcome), ['ServerTasks-1 Executing deleted', 'ServerTasks-2 Canceled ended']);
  });

  test('is not idle while a task waits for a human on that node', async () => {
    await using there = await scene(1, {
      onSleep: ({ cluster }) =>
        cluster.execute(sql`UPDATE dbo.ServerTask SET State = 'Queued', HasPendingInterruptions = 1`),
    });

    const outcome = await there.cancel();

    assert.deepEqual([outcome.kind, fates(outcome)], ['busy', ['ServerTasks-1 Queued running']]);
  });

  test('asks again for a task whose cancel was refused or lost, and gives up with the grace', async () => {
    let lost = 0;
    await using there = await scene(1, {
      through: (answer) => async (request) => {
        if (request.method !== 'POST' || lost++ > 1) return await answer(request);
        return lost === 1 ? { status: 502, body: '' } : { status: 400, body: '{"ErrorMessage":"busy"}' };
      },
    });

    assert.equal((await there.cancel()).kind, 'idle');
    assert.equal(cancels(there.served).length, 3);
  });

  test('waits an outage out, and does not know how the tasks stand when it lasts', async () => {
    let isDown = false;
    const outages =
      (answer: Answering): Answering =>
      async (request) =>
        isDown ? { status: 503, body: '' } : await answer(request);
    await using short = await scene(1, {
      through: outages,
      async onSleep({ slept, node }) {
        isDown = slept.length < 3;
        await node.poll(signal);
      },
    });
    assert.equal((await short.cancel()).kind, 'idle');
    assert.deepEqual(short.slept, [2_000, 2_000, 2_000]);

    await using long = await scene(1, {
      through: outages,
      async onSleep() {
        isDown = true;
      },
    });
    const error = await rejection(long.cancel());
    assert.ok(error instanceof Failure && error.kind === 'unknown', String(error));
    assert.match(error.message, /how the tasks of node-1 stand is not known: .* 503/);
    assert.deepEqual(error.details, { node: 'node-1', tasks: ['ServerTasks-1'] });

    isDown = true;
    const never = await rejection(long.cancel());
    assert.ok(never instanceof Failure && never.kind === 'unreachable', String(never));
  });

  test('stops at once when it is not let in', async () => {
    await using there = await scene(2);

    const error = await rejection(there.cancel({}, clientOf(there.served.url, { key: 'API-ANOTHER' })));

    assert.ok(error instanceof Failure && error.kind === 'unreachable', String(error));
    assert.deepEqual(there.slept, []);
    assert.deepEqual(await there.cluster.states(), ['Executing on node-1', 'Executing on node-1']);
  });

  test('stops at once when it may see and not cancel', async () => {
    await using there = await scene(2, {
      through: (answer) => async (request) => (request.method === 'POST' ? forbidden : await answer(request)),
    });

    const error = await rejection(there.cancel());

    assert.ok(error instanceof Failure && error.kind === 'refused', String(error));
    assert.deepEqual([cancels(there.served).length, there.slept], [1, []]);
  });
});
