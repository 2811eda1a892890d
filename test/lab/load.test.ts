import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sql } from 'kysely';
import { Failure } from '../../src/errors.js';
import { histogram } from '../../src/lab/load/histogram.js';
import { loadTasks } from '../../src/lab/load/task-load.js';
import { loadWeb } from '../../src/lab/load/web-load.js';
import type { Http } from '../../src/ports/http.js';
import { manualClock } from '../support/manual-clock.js';
import { SimulatedNodes } from '../support/simulated-nodes.js';

describe('the load of web requests', () => {
  test('keeps its rate however slow the answers are, and counts what fails by its reason', async () => {
    const clock = manualClock();
    let asked = 0;
    const web: Http = {
      async send() {
        const number = asked++;
        await clock.sleep(3_000, new AbortController().signal);
        if (number % 10 === 0) throw new Failure('unreachable', 'connection reset');
        return { status: number % 10 === 1 ? 503 : 200, headers: { 'octopus-node': `node-${number % 2}` }, body: '' };
      },
    };
    const stop = new AbortController();

    const loading = loadWeb({ web, clock, urls: ['http://lab'], rate: 100 }, stop.signal);
    await clock.advance(1_000);
    stop.abort();
    await clock.advance(3_000);
    const result = await loading;

    assert.equal(result.sent, 101);
    assert.equal(result.ok, 80);
    assert.equal(result.failed, 21);
    assert.deepEqual(result.reasons, { 503: 10, 'connection reset': 11 });
    assert.deepEqual(result.nodes, { 'node-0': 40, 'node-1': 50 });
    assert.ok((result.latency.p50 ?? 0) >= 3_000);
  });
});

describe('the load of tasks', () => {
  test('follows every task to its end, and counts those that ended badly or not at all as lost', async () => {
    await using cluster = await SimulatedNodes.create();
    const { octopus, clock } = cluster;
    const stop = new AbortController();
    const duration = { shortest: 1_000, longest: 1_000 };

    const loading = loadTasks({ octopus, clock, random: () => 0, rate: 1, duration, patience: 5_000 }, stop.signal);
    await clock.advance(0);
    await clock.advance(2_500);
    stop.abort();
    const ended = sql`StartTime = ${new Date(clock.now())}, CompletedTime = ${new Date(clock.now())}`;
    await cluster.execute(
      sql`UPDATE dbo.ServerTask SET State = 'Success', ${ended} WHERE Id = 'ServerTasks-1'`,
      sql`UPDATE dbo.ServerTask SET State = 'Canceled', ErrorMessage = 'the node', ${ended} WHERE Id = 'ServerTasks-2'`,
    );
    await clock.advance(6_000);

    assert.deepEqual(await loading, {
      submitted: 3,
      started: 2,
      finished: 2,
      lost: [
        { id: 'ServerTasks-2', state: 'Canceled', why: 'the node' },
        { id: 'ServerTasks-3', state: 'Queued', why: null },
      ],
    });
  });
});

describe('a histogram', () => {
  test('is off by 2 % at most', () => {
    const times = histogram();
    for (let i = 1; i <= 1_000; i++) times.add(i);

    for (const [share, exact] of [
      [0.5, 500],
      [0.99, 990],
      [1, 1_000],
    ] as const) {
      const told = times.percentile(share) ?? 0;
      assert.ok(told >= exact * 0.98 && told <= exact * 1.03, `${told}`);
    }
    assert.equal(histogram().percentile(0.5), null);
  });
});
