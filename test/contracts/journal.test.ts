import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { sql } from 'kysely';
import type { Database } from '../../src/database/database.js';
import { newestSchema } from '../../src/database/migrations/index.js';
import { appendAudit, auditEntries } from '../../src/database/queries/audit.js';
import { databaseTime } from '../../src/database/queries/clock.js';
import { endHold, holds, putHold } from '../../src/database/queries/holds.js';
import {
  giveBackLease,
  leaseRow,
  renewLease,
  requestStop,
  takeLease,
  touchLease,
} from '../../src/database/queries/lease.js';
import { nodeHistory } from '../../src/database/queries/node-history.js';
import { beginOperation, operationById, operations, setOperationState } from '../../src/database/queries/operations.js';
import { schemaVersion } from '../../src/database/queries/schema-version.js';
import { setDrainFlag } from '../../src/database/queries/set-drain-flag.js';
import { endStep, intendStep, steps } from '../../src/database/queries/steps.js';
import { engines, type TestDatabase } from '../support/engines.js';
import { nextMoment } from '../support/next-moment.js';
import { insertNode } from '../support/octopus-rows.js';
import { createTables, octopusShapes } from '../support/octopus-shapes.js';

const shape = octopusShapes.find(({ name }) => name === '2021 and later') ?? assert.fail();
const node = 'OctopusServerNodes-web-1';
const claim = (holder: string) => ({
  holder,
  operationId: `operation of ${holder}`,
  who: `${holder}@desk`,
  host: 'desk',
  pid: 7,
  processStarted: 'now',
});

for (const engine of engines) {
  describe(`journal and lease over ${engine.name}`, { skip: engine.missing }, () => {
    let created: TestDatabase;
    let database: Database;

    before(async () => {
      created = await engine.create();
      await created.execute(createTables(shape));
      await created.execute(insertNode(shape, { name: 'web-1', lastSeen: new Date() }));
      await created.migrate();
      database = created.open();
    });

    after(() => created?.[Symbol.asyncDispose]());

    async function giveBack(signal: AbortSignal): Promise<void> {
      const [row] = await database.ask([leaseRow], signal);
      await database.change([giveBackLease(row?.token ?? 0)], signal);
    }

    test('a lease is taken once, renewed, asked to stop and given back', async (t) => {
      assert.deepEqual(await database.change([takeLease(claim('anna'), 60_000)], t.signal), { applied: true });
      assert.deepEqual(await database.change([takeLease(claim('bob'), 60_000)], t.signal), {
        applied: false,
        missed: 0,
      });
      const [[row], [at]] = [await database.ask([leaseRow], t.signal), await database.ask([databaseTime], t.signal)];
      assert.ok(row);
      assert.deepEqual(
        [row.holder, row.operationId, row.pid, row.stopRequested],
        ['anna', 'operation of anna', 7, null],
      );
      assert.ok(row.expires.getTime() - at.getTime() > 50_000 && row.expires.getTime() - at.getTime() < 61_000);

      assert.deepEqual(
        await database.change([renewLease(row.token, 90_000), requestStop(row.token, 'urgent')], t.signal),
        { applied: true },
      );
      const [renewed] = await database.ask([leaseRow], t.signal);
      assert.equal(renewed?.stopRequested, 'urgent');
      assert.ok(renewed && renewed.expires > row.expires);

      await database.change([giveBackLease(row.token)], t.signal);
      assert.deepEqual(await database.change([takeLease(claim('bob'), 60_000)], t.signal), { applied: true });
      const [bobs] = await database.ask([leaseRow], t.signal);
      assert.ok(bobs && bobs.token > row.token);
      assert.deepEqual(await database.change([touchLease(row.token)], t.signal), { applied: false, missed: 0 });
      assert.deepEqual(await database.change([takeLease(claim('carol'), 60_000, 'bob')], t.signal), { applied: true });
      await giveBack(t.signal);
    });

    test('a token is at least the seconds of the clock, whatever became of the one before', async (t) => {
      await created.execute([sql`UPDATE octo_ha.lease SET token = 1`]);

      await database.change([takeLease(claim('anna'), 60_000)], t.signal);
      const [[row], [at]] = [await database.ask([leaseRow], t.signal), await database.ask([databaseTime], t.signal)];
      await giveBack(t.signal);

      const seconds = (at.getTime() - Date.parse('2020-01-01T00:00:00Z')) / 1_000;
      assert.ok(row && Math.abs(row.token - seconds) < 60, `${row?.token} is not about ${seconds}`);
    });

    test('of many who take it at once exactly one has it', async (t) => {
      const all = Array.from({ length: 6 }, (_, i) =>
        created.open().change([takeLease(claim(`p${i}`), 60_000)], t.signal),
      );

      const taken = (await Promise.all(all)).filter(({ applied }) => applied);

      assert.equal(taken.length, 1);
      await giveBack(t.signal);
    });

    test('an effect under a lost lease changes nothing in either schema', async (t) => {
      await database.change([takeLease(claim('anna'), 60_000)], t.signal);
      const [mine] = await database.ask([leaseRow], t.signal);
      await database.change([takeLease(claim('bob'), 60_000, 'anna')], t.signal);
      const token = mine?.token ?? 0;

      const effects = [
        touchLease(token),
        setDrainFlag(node, true),
        intendStep('lost', { number: 1, nodeId: node, action: 'drain' }),
      ];
      assert.deepEqual(await database.change(effects, t.signal), { applied: false, missed: 0 });
      assert.deepEqual((await database.ask([steps('lost')], t.signal))[0], []);

      const [bobs] = await database.ask([leaseRow], t.signal);
      const misses = [
        touchLease(bobs?.token ?? 0),
        intendStep('lost', { number: 1, nodeId: node, action: 'drain' }),
        setDrainFlag(node, false),
      ];
      assert.deepEqual(await database.change(misses, t.signal), { applied: false, missed: 2 });
      assert.deepEqual((await database.ask([steps('lost')], t.signal))[0], []);
      await giveBack(t.signal);
    });

    test('an operation with its steps reads back as written', async (t) => {
      const begun = {
        id: '20260301-100000-abcd',
        kind: 'drain',
        nodes: ['web-1', 'Ω 部署'],
        request: { drainTimeout: 5 },
        who: 'anna@desk',
        host: 'desk',
        reason: null,
        changeId: 'CHG-7',
        channel: 'database',
      };
      const held = { ...claim('anna'), operationId: begun.id };
      await database.change([takeLease(held, 60_000)], t.signal);
      const [lease] = await database.ask([leaseRow], t.signal);
      await database.change(
        [beginOperation(begun), intendStep(begun.id, { number: 1, nodeId: node, action: 'drain' })],
        t.signal,
      );
      const [running, unfinished, intended] = await database.ask(
        [operationById(begun.id), operations('unfinished'), steps(begun.id)],
        t.signal,
      );
      assert.ok(running);
      const { started, ended, outcome, state, isCrashed, ...rest } = running;
      assert.deepEqual(rest, begun);
      assert.equal(isCrashed, false);
      assert.deepEqual([ended, outcome, state, started instanceof Date], [null, null, 'running', true]);
      assert.deepEqual(
        unfinished.map(({ id }) => id),
        [begun.id],
      );
      assert.deepEqual(
        intended.map(({ number, nodeId, result }) => [number, nodeId, result]),
        [[1, node, null]],
      );

      // Whoever carried it on is gone.
      await database.change([giveBackLease(lease?.token ?? 0)], t.signal);
      const [crashed] = await database.ask([operationById(begun.id)], t.signal);
      assert.deepEqual([crashed?.state, crashed?.isCrashed], ['interrupted', true]);

      const end = [endStep(begun.id, 1, 'done', 'well'), setOperationState(begun.id, 'done', { tasks: [] })];
      assert.deepEqual(await database.change(end, t.signal), { applied: true });
      assert.deepEqual(await database.change([endStep(begun.id, 1, 'failed')], t.signal), {
        applied: false,
        missed: 0,
      });
      const [done, none, [step]] = await database.ask(
        [operationById(begun.id), operations('unfinished'), steps(begun.id)],
        t.signal,
      );
      assert.deepEqual(
        [done?.state, done?.outcome, none.length, step?.result, step?.detail],
        ['done', { tasks: [] }, 0, 'done', 'well'],
      );
      assert.ok(done?.ended);
    });

    test('operations of one second come in the order of their times', async (t) => {
      const [earlier, later] = ['20260302-100000-zzzz', '20260302-100000-aaaa'];
      for (const id of [earlier, later]) {
        await database.change(
          [
            beginOperation({
              ...{ id, kind: 'drain', nodes: ['web-1'], request: {}, who: 'anna@desk', host: 'desk' },
              ...{ reason: null, changeId: null, channel: 'database' },
            }),
            intendStep(id, { number: 1, nodeId: node, action: 'drain' }),
            endStep(id, 1, 'done'),
            setOperationState(id, 'done'),
          ],
          t.signal,
        );
        await nextMoment(database, t.signal);
      }

      const [all, history] = await database.ask([operations('all'), nodeHistory(node)], t.signal);

      assert.deepEqual(
        all.slice(0, 2).map(({ id }) => id),
        [later, earlier],
      );
      assert.deepEqual(
        history.slice(-2).map(({ operationId }) => operationId),
        [earlier, later],
      );
    });

    test('holds come, are replaced and go', async (t) => {
      const terms = { who: 'anna@desk', why: 'disk', operationId: 'o' };
      await database.change(putHold(node, { ...terms, expect: undefined }), t.signal);
      await database.change(putHold(node, { ...terms, why: 'memory', expect: 60_000 }), t.signal);
      const [held] = await database.ask([holds], t.signal);
      const hold = held.get(node);
      assert.deepEqual([held.size, hold?.why], [1, 'memory']);
      assert.ok(hold?.until && Math.abs(hold.until.getTime() - hold.since.getTime() - 60_000) < 1_000);
      const long = 45 * 86_400_000;
      await database.change(putHold(node, { ...terms, expect: long }), t.signal);
      const lasting = (await database.ask([holds], t.signal))[0].get(node);
      assert.ok(lasting?.until && Math.abs(lasting.until.getTime() - lasting.since.getTime() - long) < 1_000);
      await database.change([endHold(node)], t.signal);
      assert.equal((await database.ask([holds], t.signal))[0].size, 0);
    });

    test('the audit keeps the login of the database', async (t) => {
      const entry = {
        id: 'e1',
        who: 'anna@desk',
        host: 'desk',
        nodeId: node,
        nodeName: 'web-1',
        action: 'cap',
        before: '5',
        after: '9',
        reason: null,
        changeId: null,
        overrides: null,
        channel: 'database',
        operationId: null,
      };
      await database.change([appendAudit(entry)], t.signal);
      const [now] = await database.ask([databaseTime], t.signal);
      const [found, ofAnother, later] = await database.ask(
        [
          auditEntries(new Date(now.getTime() - 60_000), node),
          auditEntries(new Date(0), 'OctopusServerNodes-web-9'),
          auditEntries(new Date(now.getTime() + 60_000)),
        ],
        t.signal,
      );
      const { login } = await database.catalogue(t.signal);
      assert.deepEqual(
        found.map(({ at: _, ...rest }) => rest),
        [{ ...entry, login }],
      );
      assert.deepEqual([ofAnother, later], [[], []]);
    });

    test('the schema tells its version', async (t) => {
      assert.deepEqual((await database.ask([schemaVersion], t.signal))[0], { number: newestSchema, minimumWriter: 2 });
    });
  });
}
