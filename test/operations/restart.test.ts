import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { World } from '../support/world.js';

const version = '2025.4.1000';
const cluster = () => World.create(['web-1', 'web-2', 'web-3'].map((name) => ({ name, version })));

describe('node restart', () => {
  test('drains, stops, starts and puts back one node after the other', async () => {
    await using world = await cluster();
    await world.addTask({ id: 'ServerTasks-1', state: 'Executing', node: 'web-2' });
    world.in(50_000, () => world.endTask('ServerTasks-1'));

    const { code, stdout, stderr } = await world.run('node restart --all --yes --json');

    assert.equal(code, 0, stderr);
    const result = JSON.parse(stdout);
    assert.deepEqual(
      result.nodes.map(({ node, confirmedByNode }: Record<string, unknown>) => [node, confirmedByNode]),
      [
        ['web-1', true],
        ['web-3', true],
        ['web-2', true],
      ],
      'the busy one is the last',
    );
    for (const name of ['web-1', 'web-2', 'web-3']) {
      assert.deepEqual(world.machine(name).effects, [
        'watchdog-suspend',
        'set-start-type disabled',
        'service-stop',
        'set-start-type former',
        'run',
        'service-start',
      ]);
      assert.equal(world.machine(name).start, 'enabled');
    }
    assert.ok(Object.values(await world.flags()).every(({ draining }) => !draining));
  });
});
