import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { newestFinishedTasks } from '../../src/database/queries/newest-finished-tasks.js';
import { engines } from '../support/engines.js';
import { idOf, insertNode, insertTask } from '../support/octopus-rows.js';
import { createTables, octopusShapes } from '../support/octopus-shapes.js';

const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000);

// Where octo-ha's own tables are makes no difference here.
for (const engine of engines.filter(({ ownTablesAmongOctopus }) => !ownTablesAmongOctopus)) {
  for (const shape of octopusShapes) {
    test(`the newest finished tasks of each node over ${engine.name}, ${shape.name}`, {
      skip: engine.missing,
    }, async (t) => {
      await using created = await engine.create();
      await created.execute(createTables(shape));
      const task = (number: number, node: string | undefined, minutes: number, state = 'Success') =>
        insertTask(shape, {
          id: `ServerTasks-${number}`,
          state,
          queuedAt: minutesAgo(minutes),
          ...(node === undefined ? {} : { node }),
        });
      await created.execute([
        ...insertNode(shape, { name: 'web-1', lastSeen: minutesAgo(0) }),
        ...insertNode(shape, { name: 'web-2', lastSeen: minutesAgo(0) }),
        task(1, 'web-1', 40),
        task(2, 'web-1', 30, 'Failed'),
        task(3, 'web-1', 20),
        task(4, 'web-1', 10, 'Executing'),
        task(5, 'web-2', 25),
        task(6, undefined, 5, 'Canceled'),
        task(7, 'web-2', 5 * 24 * 60),
        task(8, undefined, 5),
      ]);

      const [tasks] = await created.open().ask([newestFinishedTasks(2)], t.signal);

      assert.deepEqual(tasks, [
        { id: 'ServerTasks-3', node: idOf(shape, 'web-1') },
        { id: 'ServerTasks-2', node: idOf(shape, 'web-1') },
        { id: 'ServerTasks-5', node: idOf(shape, 'web-2') },
      ]);
    });
  }
}

describe('without a task', () => {
  test('there is no row', async (t) => {
    const [engine] = engines;
    const [shape] = octopusShapes;
    assert.ok(engine && shape);
    await using created = await engine.create();
    await created.execute(createTables(shape));

    const [tasks] = await created.open().ask([newestFinishedTasks(2)], t.signal);

    assert.deepEqual(tasks, []);
  });
});
