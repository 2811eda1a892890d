import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { sql } from 'kysely';
import type { Database } from '../../src/database/database.js';
import { migrations } from '../../src/database/migrations/index.js';
import { databaseTime } from '../../src/database/queries/clock.js';
import { installedVersions } from '../../src/database/queries/installed-versions.js';
import { nodeAddresses } from '../../src/database/queries/node-addresses.js';
import { nodeRecords } from '../../src/database/queries/nodes.js';
import { setDrainFlag } from '../../src/database/queries/set-drain-flag.js';
import { setTaskCap } from '../../src/database/queries/set-task-cap.js';
import { settings } from '../../src/database/queries/settings.js';
import { taskCounts } from '../../src/database/queries/task-counts.js';
import { tasksById, unfinishedTasks } from '../../src/database/queries/tasks.js';
import { type Engine, engines, type TestDatabase } from '../support/engines.js';
import { idOf, insertNode, insertTask } from '../support/octopus-rows.js';
import { createTables, octopusShapes } from '../support/octopus-shapes.js';

const seen = new Date('2026-03-01T10:20:30.000Z');
const queuedAt = new Date('2026-03-01T10:00:00.000Z');
const startedAt = new Date('2026-03-01T10:05:00.000Z');

/** Where octo-ha's tables are makes no difference to Octopus' own, so one shape shows that. */
const shapesOver = ({ ownTablesAmongOctopus }: Engine) =>
  ownTablesAmongOctopus ? octopusShapes.filter(({ name }) => name === '2021 and later') : octopusShapes;

for (const engine of engines) {
  for (const shape of shapesOver(engine)) {
    describe(`every query over ${engine.name}, ${shape.name}`, { skip: engine.missing }, () => {
      let created: TestDatabase;
      let database: Database;

      before(async () => {
        created = await engine.create();
        await created.execute(createTables(shape));
        await created.execute([
          ...insertNode(shape, { name: 'web-1', lastSeen: seen }),
          ...insertNode(shape, { name: 'web-2', lastSeen: seen, draining: true, cap: 0, flaggedOffline: true }),
          insertTask(shape, { id: 'ServerTasks-1', state: 'Executing', queuedAt, startedAt, node: 'web-1' }),
          insertTask(shape, { id: 'ServerTasks-2', state: 'Queued', queuedAt }),
          insertTask(shape, { id: 'ServerTasks-3', state: 'Success', queuedAt, startedAt, node: 'web-1' }),
          insertTask(shape, {
            id: 'ServerTasks-4',
            state: 'Resting',
            queuedAt,
            startedAt,
            node: 'web-2',
            description: 'Ω дата 部署',
          }),
          insertTask(shape, {
            id: 'ServerTasks-5',
            state: 'Queued',
            queuedAt,
            startedAt,
            node: 'web-1',
            waitsForHuman: true,
          }),
          insertTask(shape, { id: 'ServerTasks-6', state: 'Canceled', queuedAt }),
        ]);
        database = created.open();
      });

      after(() => created?.[Symbol.asyncDispose]());

      test('reads the nodes', async (t) => {
        const [nodes] = await database.ask([nodeRecords], t.signal);

        const flaggedOffline = shape.statusKey !== null;
        assert.deepEqual(nodes, [
          {
            id: idOf(shape, 'web-1'),
            name: 'web-1',
            taskCap: 5,
            draining: false,
            lastSeen: seen,
            flaggedOffline: false,
            version: null,
          },
          {
            id: idOf(shape, 'web-2'),
            name: 'web-2',
            taskCap: 0,
            draining: true,
            lastSeen: seen,
            flaggedOffline,
            version: null,
          },
        ]);
      });

      test('counts unfinished tasks, those in a state nobody knows too', async (t) => {
        const [counts] = await database.ask([taskCounts], t.signal);

        const seenStates = counts.map(({ state, node, tasks, started, waitsForHuman }) => ({
          state,
          node,
          tasks,
          started,
          waitsForHuman,
        }));
        const byState = (a: { state: string; started: boolean }, b: { state: string; started: boolean }) =>
          a.state.localeCompare(b.state) || Number(a.started) - Number(b.started);
        assert.deepEqual(seenStates.sort(byState), [
          { state: 'Executing', node: idOf(shape, 'web-1'), tasks: 1, started: true, waitsForHuman: false },
          { state: 'Queued', node: null, tasks: 1, started: false, waitsForHuman: false },
          { state: 'Queued', node: idOf(shape, 'web-1'), tasks: 1, started: true, waitsForHuman: true },
          { state: 'Resting', node: idOf(shape, 'web-2'), tasks: 1, started: true, waitsForHuman: false },
        ]);
      });

      test('lists tasks and reads finished ones again by Id', async (t) => {
        const [all, taken, again, none] = await database.ask(
          [
            unfinishedTasks('all'),
            unfinishedTasks('taken'),
            tasksById(['ServerTasks-3', 'ServerTasks-99']),
            tasksById([]),
          ],
          t.signal,
        );

        assert.deepEqual(
          all.map(({ id }) => id),
          ['ServerTasks-1', 'ServerTasks-2', 'ServerTasks-4', 'ServerTasks-5'],
        );
        assert.deepEqual(
          taken.map(({ id }) => id),
          ['ServerTasks-1', 'ServerTasks-4', 'ServerTasks-5'],
        );
        assert.deepEqual(
          again.map(({ id, state }) => [id, state]),
          [['ServerTasks-3', 'Success']],
        );
        assert.deepEqual(none, []);
        assert.equal(taken[1]?.description, 'Ω дата 部署');
        assert.deepEqual(taken[0]?.startedAt, startedAt);
      });

      test('sets the drain flag of one node, only from the other value', async (t) => {
        const effect = setDrainFlag(idOf(shape, 'web-1'), true);

        assert.deepEqual(await database.change([effect], t.signal), { applied: true });
        assert.deepEqual(await database.change([effect], t.signal), { applied: false, missed: 0 });
        const [nodes] = await database.ask([nodeRecords], t.signal);
        assert.deepEqual(
          nodes.map(({ draining }) => draining),
          [true, true],
        );
        await database.change([setDrainFlag(idOf(shape, 'web-1'), false)], t.signal);
      });

      test('changes nothing when the second of two effects misses', async (t) => {
        const effects = [setDrainFlag(idOf(shape, 'web-1'), true), setTaskCap(idOf(shape, 'web-2'), 7, 3)];

        assert.deepEqual(await database.change(effects, t.signal), { applied: false, missed: 1 });
        const [nodes] = await database.ask([nodeRecords], t.signal);
        assert.deepEqual(
          nodes.map(({ draining, taskCap }) => [draining, taskCap]),
          [
            [false, 5],
            [true, 0],
          ],
        );
      });

      test('changes a task cap from the value that was read', async (t) => {
        assert.deepEqual(await database.change([setTaskCap(idOf(shape, 'web-1'), 5, 8)], t.signal), { applied: true });
        const [nodes] = await database.ask([nodeRecords], t.signal);
        assert.deepEqual(
          nodes.map(({ taskCap }) => taskCap),
          [8, 0],
        );
        await database.change([setTaskCap(idOf(shape, 'web-1'), 8, 5)], t.signal);
      });

      test("asks octo-ha's tables nothing before they exist, and reads them after", async (t) => {
        assert.deepEqual(await database.ask([settings, nodeAddresses], t.signal), [new Map(), new Map()]);

        assert.deepEqual(
          await created.migrate(),
          migrations.map(({ number, name }) => `${number} ${name}`),
        );
        assert.deepEqual(await created.migrate(), []);
        await created.execute([
          sql`INSERT INTO octo_ha.setting (name, value) VALUES (${'timing.settle'}, ${'1500'})`,
          sql`INSERT INTO octo_ha.node (node_id, url) VALUES (${idOf(shape, 'web-1')}, ${'http://127.0.0.1:1'})`,
        ]);
        const [kept, addresses] = await created.open().ask([settings, nodeAddresses], t.signal);
        assert.deepEqual([...kept], [['timing.settle', '1500']]);
        assert.deepEqual([...addresses], [['web-1', 'http://127.0.0.1:1']]);
      });

      test('finds the newest version of each node', {
        skip: !shape.history && 'this shape has no history',
      }, async (t) => {
        const row = (id: string, node: string, version: string, at: string) =>
          sql`INSERT INTO dbo.OctopusServerInstallationHistory (Id, Node, Version, Installed) VALUES (${id}, ${node}, ${version}, ${new Date(at)})`;
        await created.execute([
          row('1', 'web-1', '2025.1.1', '2025-01-01T00:00:00Z'),
          row('2', 'web-1', '2026.1.7', '2026-01-01T00:00:00Z'),
          row('3', 'web-2', '2025.1.1', '2025-01-02T00:00:00Z'),
        ]);

        const [versions] = await database.ask([installedVersions], t.signal);
        assert.deepEqual(
          versions.map(({ node, version }) => [node, version]),
          [
            ['web-1', '2026.1.7'],
            ['web-2', '2025.1.1'],
          ],
        );
      });

      test('tells the time and whether the shape is known', async (t) => {
        const [now] = await database.ask([databaseTime], t.signal);

        assert.ok(Math.abs(now.getTime() - Date.now()) < 60_000);
        assert.equal((await database.catalogue(t.signal)).shape.oddities.length === 0, shape.known);
      });
    });
  }
}
