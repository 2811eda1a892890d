import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Database } from '../../src/database/database.js';
import { nodeRecords } from '../../src/database/queries/nodes.js';
import { settings } from '../../src/database/queries/settings.js';
import { writeProbe } from '../../src/database/queries/write-probe.js';
import { engines, type TestDatabase } from '../support/engines.js';
import { eventually } from '../support/eventually.js';
import { insertNode } from '../support/octopus-rows.js';
import { createTables, type OctopusShape, octopusShapes } from '../support/octopus-shapes.js';

const shape = octopusShapes.find(({ name }) => name === '2021 and later') as OctopusShape;
const program = fileURLToPath(new URL('../support/programs/probe-without-end.ts', import.meta.url));
const { signal } = new AbortController();

/** Moments after the first whole probe, in milliseconds; new ones for each run of the tests. */
const moments = Array.from({ length: 3 }, () => Math.round(Math.random() * 120));

for (const engine of engines) {
  describe(`the write probe over ${engine.name}`, { skip: engine.missing }, () => {
    let created: TestDatabase;
    let database: Database;
    before(async () => {
      created = await engine.create();
      await created.execute(createTables(shape));
      await created.execute(insertNode(shape, { name: 'web-1', draining: true, lastSeen: new Date() }));
      await created.migrate();
      database = created.open();
    });
    after(() => created?.[Symbol.asyncDispose]());

    const everything = () => database.ask([nodeRecords, settings], signal);

    for (const ownTables of [true, false]) {
      test(`leaves nothing, ${ownTables ? "octo-ha's tables" : 'Octopus alone'}`, async () => {
        const earlier = await everything();

        const { applied } = await database.change(writeProbe({ ownTables }), signal);

        assert.equal(applied, true);
        assert.deepEqual(await everything(), earlier);
      });
    }

    test(`leaves nothing where it is killed ${moments.join(', ')} ms on its way`, async () => {
      const earlier = await everything();
      const { database: name } = await database.catalogue(signal);
      const where = engine === engines[0] ? ['sqlite', dirname(name)] : ['sql-server', name];
      for (const moment of moments) {
        const child = spawn(process.execPath, ['--import', 'tsx', program, ...where, created.own], {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        const ended = once(child, 'exit');
        const [said] = await Promise.race([once(child.stdout, 'data'), ended]);
        assert.equal(String(said).split('\n')[0], 'probed');
        await delay(moment);
        child.kill('SIGKILL');
        await ended;
        // A server notices in its own time that nobody is there any more.
        await eventually(async () => assert.deepEqual(await everything(), earlier));
      }
    });

    test('is refused where a statement in its middle is, and leaves nothing', async () => {
      const earlier = await everything();
      const [first, ...others] = writeProbe({ ownTables: true });
      assert.ok(first !== undefined);
      const unfit = { ...first, rows: 1 };

      const { applied } = await database.change([...others.slice(0, 2), unfit, ...others.slice(2)], signal);

      assert.equal(applied, false);
      assert.deepEqual(await everything(), earlier);
    });
  });
}
