import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sql } from 'kysely';
import { World } from '../support/world.js';

const three = [{ name: 'web-1' }, { name: 'web-2' }, { name: 'web-3' }];
const moveTo = (world: World, server: string) =>
  world.execute([sql`UPDATE octo_ha.cluster SET server_name = ${server}`]);

describe('a cluster whose tables were made for another one', () => {
  test('is not changed until somebody says what it is', async () => {
    await using world = await World.create(three);
    await moveTo(world, 'sql-old');

    const { code, stderr } = await world.run('node drain web-1 --yes');
    const read = await world.run('status');

    assert.equal(code, 3);
    assert.match(stderr, /the server is this machine and was sql-old[\s\S]*adopt --moved[\s\S]*adopt --clone/);
    assert.equal((await world.flags())['web-1']?.draining, false);
    assert.equal(read.code, 0);
  });

  test('is told by its installation, too', async () => {
    await using world = await World.create(three);
    const configuration = (id: string) => JSON.stringify({ InstallationId: id });
    await world.execute([
      'CREATE TABLE dbo.Configuration (Id nvarchar(50) NOT NULL PRIMARY KEY, JSON nvarchar(4000) NOT NULL)',
      sql`INSERT INTO dbo.Configuration (Id, JSON) VALUES ('upgradeavailability', ${configuration('one')})`,
    ]);
    const first = await world.run('node drain web-1 --yes');
    await world.execute([sql`UPDATE dbo.Configuration SET JSON = ${configuration('another')}`]);

    const { code, stderr } = await world.run('node undrain web-1');

    assert.equal(first.code, 0, first.stderr);
    assert.equal(code, 3);
    assert.match(stderr, /the installation is another one/);
  });

  test('that was moved keeps its journal', async () => {
    await using world = await World.create(three);
    await world.run('node drain web-1 --yes');
    await moveTo(world, 'sql-old');

    const { code, stderr } = await world.run('database adopt --moved --confirm moved');
    const undrained = await world.run('node undrain web-1');

    assert.equal(code, 0, stderr);
    assert.equal(undrained.code, 0, undrained.stderr);
    assert.equal(await world.count('octo_ha.operation'), 2);
  });

  test('that is a copy forgets addresses, lease, journal and consent', async () => {
    await using world = await World.create(three);
    await world.run('node drain web-1 --yes');
    await moveTo(world, 'sql-prod');

    const { code, stderr } = await world.run('database adopt --clone --confirm clone');

    assert.equal(code, 0, stderr);
    const counts = await Promise.all(
      ['node', 'machine', 'hold', 'operation', 'step'].map((table) => world.count(`octo_ha.${table}`)),
    );
    assert.deepEqual(counts, [0, 0, 0, 0, 0]);
    assert.equal(await world.count('octo_ha.audit'), 1);
    assert.match((await world.run('node drain web-2')).stderr, /This needs consent/);
  });

  test('wants to be told which it is', async () => {
    await using world = await World.create(three);

    assert.equal((await world.run('database adopt')).code, 2);
    assert.equal((await world.run('database adopt --moved')).code, 0);
  });
});
