import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Database } from '../../src/database/database.js';
import { beginOperation, setOperationState } from '../../src/database/queries/operations.js';
import { pastOperations } from '../../src/database/queries/past-operations.js';
import { runningSteps } from '../../src/database/queries/running-steps.js';
import { endStep, intendStep } from '../../src/database/queries/steps.js';
import { engines, type TestDatabase } from '../support/engines.js';
import { createTables, octopusShapes } from '../support/octopus-shapes.js';

const shape = octopusShapes.find(({ name }) => name === '2021 and later') ?? assert.fail();
const begun = (id: string, kind: string) =>
  beginOperation({
    id,
    kind,
    nodes: ['web-1'],
    request: {},
    who: 'anna@desk',
    host: 'desk',
    reason: null,
    changeId: null,
    channel: 'database',
  });

for (const engine of engines) {
  describe(`what a watcher asks over ${engine.name}`, { skip: engine.missing }, () => {
    let created: TestDatabase;
    let database: Database;

    before(async () => {
      created = await engine.create();
      await created.execute(createTables(shape));
      database = created.open();
    });

    after(() => created?.[Symbol.asyncDispose]());

    test("is nothing where octo-ha's tables are missing", async (t) => {
      const [journals, past] = await database.ask([runningSteps, pastOperations(60_000)], t.signal);

      assert.deepEqual([journals.size, past], [0, []]);
    });

    test('is the journal of what runs, and what was done lately', async (t) => {
      await created.migrate();
      database = created.open();
      await database.change([begun('1-done', 'drain'), intendStep('1-done', step(1))], t.signal);
      await database.change([endStep('1-done', 1, 'done'), setOperationState('1-done', 'done')], t.signal);
      await database.change([begun('2-failed', 'drain'), setOperationState('2-failed', 'failed')], t.signal);
      await database.change([begun('3-runs', 'undrain'), intendStep('3-runs', step(1))], t.signal);
      await database.change([endStep('3-runs', 1, 'done'), intendStep('3-runs', step(2))], t.signal);

      const [journals, past] = await database.ask([runningSteps, pastOperations(60_000)], t.signal);

      assert.deepEqual([...journals.keys()], ['3-runs']);
      assert.deepEqual(
        journals.get('3-runs')?.map(({ number, action, result }) => [number, action, result]),
        [
          [1, 'drain', 'done'],
          [2, 'drain', null],
        ],
      );
      assert.deepEqual(
        past.map(({ kind, nodes }) => [kind, nodes]),
        [['drain', ['web-1']]],
      );
      assert.ok(past[0] && past[0].ended >= past[0].started);
      assert.deepEqual(await database.ask([pastOperations(-60_000)], t.signal), [[]], 'none begins in a minute');
    });
  });
}

const step = (number: number) => ({ number, nodeId: 'OctopusServerNodes-web-1', action: 'drain' });
