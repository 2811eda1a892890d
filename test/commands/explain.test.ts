import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { checks } from '../../src/checks/index.js';
import { exitCodes } from '../../src/errors.js';
import { guards } from '../../src/operations/guards/index.js';
import { checksPage } from '../../src/render/doctor/explain.js';
import { World } from '../support/world.js';

describe('explain', async () => {
  const world = await World.create([{ name: 'web-1' }]);
  after(() => world[Symbol.asyncDispose]());

  for (const id of [
    ...checks.map((check) => check.id),
    ...guards.map((guard) => guard.id),
    ...Object.values(exitCodes).map(({ code }) => String(code)),
  ]) {
    test(`knows ${id}`, async () => {
      const { code, stdout } = await world.run(`explain ${id}`);

      assert.equal(code, 0);
      assert.ok(stdout.length > 20, stdout);
    });
  }

  test('offers what may have been meant', async () => {
    const { code, stderr } = await world.run('explain last-task-nod');

    assert.equal(code, 2);
    assert.match(stderr, /Did you mean last-task-node/);
  });

  test('says of a check what it claims, why, and what to do', async () => {
    const { stdout } = await world.run('explain storage/really-shared');

    assert.match(stdout, /all machines see the same files/);
    assert.match(stdout, /5355/);
    assert.match(stdout, /Cure: [\s\S]*--clusterShared/);
  });

  test('docs/checks.md says the same; UPDATE_GOLDEN=1 rewrites it', async () => {
    const page = fileURLToPath(new URL('../../docs/checks.md', import.meta.url));
    if (process.env['UPDATE_GOLDEN'] !== undefined) await writeFile(page, checksPage(checks));

    assert.equal(await readFile(page, 'utf8'), checksPage(checks));
  });
});
