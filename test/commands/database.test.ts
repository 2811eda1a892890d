import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { migrations } from '../../src/database/migrations/index.js';
import { matchesSchema } from '../support/schemas.js';
import { World } from '../support/world.js';

const two = [{ name: 'web-1' }, { name: 'web-2' }];

describe('database test', () => {
  test('tells what a login found', async () => {
    await using world = await World.create(two);

    const { code, stdout } = await world.run('database test --json');

    assert.equal(code, 0);
    const report = await matchesSchema('database-test', stdout);
    assert.deepEqual([report['engine'], report['nodes'], report['oddities']], ['sqlite', 2, []]);
    assert.equal(report['clockAheadMs'], 0);
  });

  test('is read by a person', async () => {
    await using world = await World.create(two);

    assert.match(
      (await world.run('database test')).stdout,
      /octopus +2 nodes, a shape octo-ha knows\nocto-ha +version \d in /,
    );
  });
});

describe('database migrate', () => {
  test('has nothing to do twice', async () => {
    await using world = await World.create(two);

    const { code, stdout } = await world.run('database migrate --yes');

    assert.deepEqual([code, stdout], [0, "octo-ha's tables in the test are up to date"]);
  });

  test('asks before it makes a table', async () => {
    await using world = await World.create(two);
    await world.dropOwnTables();

    assert.match(
      (await world.run('database test')).stdout,
      /not set up, or not visible to this login; create its tables with: octo-ha database migrate/,
    );
    assert.equal((await world.run('database migrate')).code, 3);
    assert.match(
      (await world.run('database migrate --dry-run')).stdout,
      /would apply 1 settings and nodes in the test/,
    );
    assert.match((await world.run('database test')).stdout, /not set up/);
    const migrated = await world.run('database migrate --yes --json');
    assert.deepEqual(
      JSON.parse(migrated.stdout).applied,
      migrations.map(({ number, name }) => `${number} ${name}`),
    );
  });
});

describe('reading', () => {
  test("works without octo-ha's tables and makes none", async () => {
    await using world = await World.create(two);
    await world.dropOwnTables();

    for (const line of ['status', 'node list', 'node show web-1', 'task list', 'database test']) {
      assert.equal((await world.run(line)).code, 0, line);
    }
    assert.match((await world.run('database test')).stdout, /not set up/);
  });
});

describe('database script', () => {
  test('prints the grants and needs no server', async () => {
    await using world = await World.create(two);

    const { code, stdout } = await world.run('database script --role reader --login watcher --database Octopus');

    assert.equal(code, 0);
    assert.match(
      stdout,
      /USE \[Octopus\];[\s\S]*GRANT SELECT ON dbo\.\[ServerTask\] TO \[watcher\];[\s\S]*USE \[OctopusHA\];/,
    );
  });

  test('says what is missing', async () => {
    await using world = await World.create(two);

    assert.match((await world.run('database script --database Octopus')).stderr, /--login is missing/);
    assert.match((await world.run('database script --login watcher')).stderr, /Name it with --database/);
    assert.match(
      (await world.run('database script --role owner --login w')).stderr,
      /--role: owner is none of reader, operator, admin/,
    );
  });
});
