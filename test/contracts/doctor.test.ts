import assert from 'node:assert/strict';
import { setMaxListeners } from 'node:events';
import { describe, test } from 'node:test';
import { sql } from 'kysely';
import { systemClock } from '../../src/adapters/system-clock.js';
import { checks } from '../../src/checks/index.js';
import { ownLimits } from '../../src/checks/limits.js';
import { doctorRuns, keepDoctorRun } from '../../src/database/queries/doctor-runs.js';
import type { Cluster } from '../../src/operations/cluster.js';
import { diagnose } from '../../src/setup/diagnose.js';
import { worldOf } from '../../src/setup/world-of.js';
import { engines } from '../support/engines.js';
import { nextMoment } from '../support/next-moment.js';
import { insertNode } from '../support/octopus-rows.js';
import { createTables, octopusShapes } from '../support/octopus-shapes.js';

const { signal } = new AbortController();
setMaxListeners(0, signal);

const aRun = (id: string, selection = '') => ({
  ...{ id, who: 'anna@desk', selection, verdict: 'warn', counts: { pass: 90, warn: 1 }, durationMs: 812 },
  findings: [{ key: 'nodes/stale', status: 'warn', problem: "it's gone; ünïcode ✓" }],
});

for (const engine of engines) {
  describe(`doctor over ${engine.name}`, { skip: engine.missing }, () => {
    // Without octo-ha's tables it does not matter where they would be.
    for (const shape of engine.ownTablesAmongOctopus ? [] : octopusShapes) {
      test(`looks at tables of ${shape.name} without stumbling, and judges nothing it was not told`, async () => {
        await using test = await engine.create();
        await test.execute(createTables(shape));
        await test.execute(['web-1', 'web-2'].flatMap((name) => insertNode(shape, { name, lastSeen: new Date() })));
        await using database = test.open();
        const cluster: Cluster = {
          ...{
            context: 'test',
            database,
            dialect: test.dialect,
            clock: systemClock,
            nodeUrl: undefined,
            ca: undefined,
          },
          timeout: 20_000,
          ownTables: { place: 'the test', open: async () => test.session },
          http: { send: async () => assert.fail('nobody is asked over HTTP') },
          api: async () => undefined,
          octopusServerOn: () => undefined,
          shellOn: async () => assert.fail('no machine is known'),
        };
        const nowhere = async () => assert.fail('nobody is asked over the network');
        const network = { lookup: nowhere, connect: nowhere, certificate: nowhere };
        const world = worldOf({
          ...{ cluster, network, limits: ownLimits, declared: {}, octopus: undefined, sharedFolders: [] },
          ...{ deadline: 60_000, signal },
        });
        const selection = { asked: checks, run: checks };
        const options = {
          suppressions: undefined,
          required: [],
          known: checks,
          from: undefined,
          jobs: 16,
          deadline: 60_000,
        };

        const outcomes = await diagnose(world, { ...options, selection, clock: systemClock, signal });

        const wrong = outcomes.filter(({ status }) => status === 'crash' || status === 'unknown');
        assert.deepEqual(
          wrong.map(({ check, problem }) => `${check.id}: ${problem}`),
          [],
        );
        const passed = new Set(outcomes.filter(({ status }) => status === 'pass').map(({ check }) => check.id));
        for (const id of ['database/reachable', 'nodes/heartbeat', 'nodes/enough'] as const)
          assert.ok(passed.has(id), id);
      });
    }

    test('keeps runs, gives back those of a selection with the newest first, and lets go of old ones', async () => {
      await using test = await engine.create();
      await test.execute(createTables(octopusShapes[0] as (typeof octopusShapes)[number]));
      await test.migrate();
      await using database = test.open();
      const old = new Date(Date.now() - 100 * 86_400_000);
      await database.change(keepDoctorRun(aRun('20260801-100000-aaaa')), signal);
      await test.execute([sql`UPDATE octo_ha.doctor_run SET at = ${old}`]);

      // Of one second: their words are by chance.
      for (const id of ['20261124-100000-bbbb', '20261124-100000-aaaa']) {
        await database.change(keepDoctorRun(aRun(id)), signal);
        await nextMoment(database, signal);
      }
      await database.change(keepDoctorRun(aRun('20261124-120000-cccc', 'storage')), signal);

      const [all, storage] = await database.ask([doctorRuns(''), doctorRuns('storage')], signal);
      assert.deepEqual(
        all.map(({ id }) => id),
        ['20261124-100000-aaaa', '20261124-100000-bbbb'],
      );
      const [{ at, ...rest } = { at: new Date(0) }] = storage;
      assert.deepEqual(rest, aRun('20261124-120000-cccc', 'storage'));
      assert.ok(Math.abs(at.getTime() - Date.now()) < 600_000);
    });

    test('has no earlier run where octo-ha has no tables', async () => {
      await using test = await engine.create();
      await test.execute(createTables(octopusShapes[0] as (typeof octopusShapes)[number]));
      await using database = test.open();

      assert.deepEqual(await database.ask([doctorRuns('')], signal), [[]]);
    });
  });
}
