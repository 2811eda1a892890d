import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { matchesSchema } from '../support/schemas.js';
import { World } from '../support/world.js';

/** A command line, the schema of its result and the exit code. */
const lines = [
  ['status --json', 'status', 0],
  ['node list -o json', 'node-list', 0],
  ['node show web-2 --json', 'node-show', 0],
  ['task list --json', 'task-list', 0],
  ['task list --node web-2 --json', 'task-list', 0],
  ['node drain web-2 --dry-run --json', 'node-drain', 0],
  ['node drain web-2 --yes --detach --json', 'node-drain', 0],
  ['node drain web-3 --yes --json', 'node-drain', 0],
  ['node undrain web-1 --json', 'node-undrain', 0],
  ['node undrain web-4 --json', 'node-undrain', 0],
  ['node undrain web-4 --dry-run --json', 'node-undrain', 0],
  ['node cap web-1 7 --json', 'node-cap', 0],
  ['node cap web-1 3 --dry-run --json', 'node-cap', 0],
  ['node restart web-1 --yes --json', 'node-maintenance', 0],
  ['node restart --all --dry-run --json', 'node-maintenance', 0],
  ['node restart web-1 web-3 --yes --pause-after 1 --json', 'node-maintenance', 0],
  ['node stop web-1 --yes --json', 'node-maintenance', 0],
  ['node start web-4 --yes --json', 'node-maintenance', 0],
  ['node decommission web-3 --confirm web-3 --json', 'node-decommission', 0],
  ['node decommission web-3 --dry-run --json', 'node-decommission', 0],
  ['node set web-1 --host web-1.corp --port 2222 --json', 'node-set', 0],
  ['node ok-to-stop web-1 --max --json', 'node-ok-to-stop', 0],
  ['database adopt --moved --json', 'database-adopt', 0],
  ['database remove --dry-run --json', 'database-remove', 0],
  ['database remove --script --json', 'error', 2],
  ['lb render --type haproxy --json', 'lb-render', 0],
  ['lb render --type f5 --host octopus.example.com --json', 'lb-render', 0],
  ['lb render --type haproxy --file /nowhere/at-all.cfg --diff --json', 'error', 4],
  ['lb render --type haprox --json', 'error', 2],
  ['lb render --json', 'error', 2],
  ['lb verify --url http://web-1.test --json', 'lb-verify', 4],
  ['lb verify --url http://nobody.test --json --fail-on never', 'lb-verify', 0],
  ['lb verify --json', 'error', 2],
  ['node drain web-2 --json', 'error', 3],
  ['node drain web-9 --json', 'error', 2],
  ['node drain --json', 'error', 2],
  ['nodee --json', 'error', 2],
  ['node drain web-2 --drain-timeout soon -o json', 'error', 2],
  ['node drain web-2 --yes --drain-timeout 1m --json', 'error', 5],
] as const;

async function cluster(): Promise<World> {
  const world = await World.create([
    { name: 'web-1' },
    { name: 'web-2' },
    { name: 'web-3' },
    { name: 'web-4', draining: true },
    { name: 'web-5', lastSeen: new Date('2026-01-01T00:00:00Z'), flaggedOffline: true },
  ]);
  await world.addTask({ id: 'ServerTasks-1', state: 'Executing', node: 'web-2' });
  await world.addTask({ id: 'ServerTasks-2', state: 'Queued' });
  return world;
}

describe('--json', () => {
  for (const [line, schema, code] of lines) {
    test(`octo-ha ${line} prints one document as ${schema}.schema.json says`, async () => {
      await using world = await cluster();

      const outcome = await world.run(line);

      assert.equal(outcome.code, code, outcome.stderr);
      const value = await matchesSchema(schema, outcome.stdout);
      if (schema === 'error') assert.equal((value['error'] as { code: number }).code, code);
    });
  }

  test('the exit code is the same in every format', async () => {
    for (const output of ['text', 'json', 'yaml', 'name']) {
      await using world = await cluster();
      assert.equal((await world.run(`node drain web-2 -o ${output}`)).code, 3, output);
      assert.equal((await world.run(`node drain web-9 -o ${output}`)).code, 2, output);
      assert.equal((await world.run(`node list -o ${output}`)).code, 0, output);
    }
  });
});

describe('a failure', () => {
  for (const flag of ['--json', '-o json', '-ojson', '--output=ndjson', '-o yaml']) {
    test(`of a line that cannot be read is told as ${flag} asks`, async () => {
      await using world = await cluster();
      const { parse } = await import('yaml');

      const { stdout, stderr } = await world.run(`node drain --no-such-flag ${flag}`);

      assert.equal(stderr, '');
      assert.equal((flag.endsWith('yaml') ? parse(stdout) : JSON.parse(stdout)).error.code, 2);
      if (flag.endsWith('ndjson')) assert.doesNotMatch(stdout, /\n/);
    });
  }
});

describe('status', () => {
  test('shows states, queue and capacity', async () => {
    await using world = await cluster();

    const { stdout } = await world.run('status');

    assert.match(stdout, /web-1 +running +0\/5 +0ms ago/);
    assert.match(stdout, /web-4 +drained +0\/5/);
    assert.match(stdout, /web-5 +stale/);
    assert.match(stdout, /tasks +1 running, 1 queued \(oldest 0ms\)/);
    assert.match(stdout, /capacity +15, 10 without the largest node/);
  });

  test('counts unfinished tasks of nodes that are gone', async () => {
    await using world = await cluster();
    await world.addTask({ id: 'ServerTasks-3', state: 'Executing', node: 'web-77' });

    assert.match((await world.run('status')).stdout, /1 unfinished task belongs to a node that is not registered/);
  });

  test('needs one round trip for the catalogue and one for everything else', async () => {
    await using world = await cluster();
    let trips = 0;
    const counting = (real: Parameters<NonNullable<Parameters<World['run']>[1]>['session'] & object>[0]) => ({
      ...real,
      read: (...parameters: Parameters<typeof real.read>) => {
        trips++;
        return real.read(...parameters);
      },
    });

    await world.run('status', { session: counting });

    assert.equal(trips, 2);
  });
});

describe('node list', () => {
  test('-o name prints the names alone', async () => {
    await using world = await cluster();

    assert.equal((await world.run('node list -o name')).stdout, 'web-1\nweb-2\nweb-3\nweb-4\nweb-5');
  });

  test('-o yaml prints what --json does', async () => {
    await using world = await cluster();
    const { parse } = await import('yaml');

    const yaml = parse((await world.run('node list -o yaml')).stdout);

    assert.deepEqual(yaml, JSON.parse((await world.run('node list --json')).stdout));
  });
});
