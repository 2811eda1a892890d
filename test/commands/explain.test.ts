import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { exitCodes } from '../../src/errors.js';
import { guards } from '../../src/operations/guards/index.js';
import { World } from '../support/world.js';

describe('explain', async () => {
  const world = await World.create([{ name: 'web-1' }]);
  after(() => world[Symbol.asyncDispose]());

  for (const id of [...guards.map((guard) => guard.id), ...Object.values(exitCodes).map(({ code }) => String(code))]) {
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
});
