import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sql } from 'kysely';
import { madeTables } from '../../src/database/migrations/index.js';
import { posixBootstrap } from '../../src/operations/machine/posix-bootstrap.js';
import { powershellProgram } from '../../src/operations/machine/powershell-program.js';
import { DatabaseError } from '../../src/ports/database.js';
import { killedAt } from '../support/killed-at.js';
import { matchesSchema } from '../support/schemas.js';
import { World } from '../support/world.js';

const three = [{ name: 'web-1' }, { name: 'web-2' }, { name: 'web-3' }];
const remove = 'database remove --confirm test';

const made = [...madeTables];

/** Tables of octo-ha that are there. */
async function tablesOf(world: World): Promise<readonly string[]> {
  const { stdout } = await world.run('database remove --dry-run -o name');
  return stdout === '' ? [] : stdout.split('\n');
}

/** What of Octopus there is. */
const octopusOf = async (world: World) => ({
  flags: await world.flags(),
  tasks: await world.count('dbo.ServerTask'),
  seen: await world.count('dbo.OctopusServerNodeStatus'),
});

describe('database remove', () => {
  test('takes out what the migrations made, and nothing else', async () => {
    await using world = await World.create(three);
    await world.addTask({ id: 'ServerTasks-1', state: 'Executing', node: 'web-1' });
    const before = await octopusOf(world);
    const tables = await tablesOf(world);

    const { code, stdout, stderr } = await world.run(remove);
    const after = await world.run('status');
    const again = await world.run(remove);

    assert.equal(code, 0, stderr);
    assert.deepEqual(tables, made.toSorted());
    assert.deepEqual(await tablesOf(world), []);
    assert.deepEqual(await octopusOf(world), before);
    assert.match(stdout, /octo-ha's tables are gone[\s\S]*octo-ha context remove test/);
    assert.equal(after.code, 0, after.stderr);
    assert.deepEqual([again.code, again.stdout], [0, 'there are no tables of octo-ha in the test']);
    assert.equal((await world.run('database migrate --yes')).code, 0);
  });

  test('leaves a table in its schema that it did not make', async () => {
    await using world = await World.create(three);
    await world.execute(['CREATE TABLE octo_ha.somebodys (id int NOT NULL PRIMARY KEY)']);

    const { code, stderr } = await world.run(remove);

    assert.equal(code, 0, stderr);
    assert.match(stderr, /octo_ha\.somebodys is not octo-ha's, and stays/);
    assert.equal(await world.count('octo_ha.somebodys'), 0);
    assert.deepEqual(await tablesOf(world), []);
  });

  test('wants the name of the context, and removes nothing without it', async () => {
    await using world = await World.create(three);

    const nobody = await world.run('database remove --yes');
    const wrong = await world.run('database remove --confirm production');
    const mistyped = await world.run('database remove', { answers: ['tset'] });

    assert.deepEqual([nobody.code, wrong.code, mistyped.code], [3, 3, 3]);
    assert.match(nobody.stderr, /--confirm test/);
    assert.equal((await tablesOf(world)).length, made.length);
    assert.equal((await world.run('database remove', { answers: ['test'] })).code, 0);
  });

  test('a dry run says what would go', async () => {
    await using world = await World.create(three);
    await world.run('node drain web-1 --yes');
    await world.run('node undrain web-1');

    const { code, stdout } = await world.run('database remove --dry-run');

    assert.equal(code, 0);
    assert.match(stdout, /would remove octo-ha's 13 tables in the test\n/);
    assert.match(stdout, /the audit, 2 entries since 2026-03-01 [\d:]+Z, is lost; to keep it, add: --keep-audit FILE/);
    assert.equal((await tablesOf(world)).length, made.length);
  });

  test('an audit that is to be kept is written first, as audit prints it', async () => {
    await using world = await World.create(three);
    await world.run('node drain web-1 --yes --reason patches');
    await world.run('node undrain web-1');
    const printed = JSON.parse((await world.run('audit --since 90d --json')).stdout);

    const { code, stdout, stderr } = await world.run(`${remove} --keep-audit audit.json --json`);

    assert.equal(code, 0, stderr);
    assert.deepEqual(JSON.parse(world.files.get('audit.json') ?? ''), printed);
    assert.equal(printed.entries.length, 2);
    assert.equal((await matchesSchema('database-remove', stdout))['auditFile'], 'audit.json');
  });

  test('where the audit cannot be written, nothing is removed', async () => {
    await using world = await World.create(three);
    world.files.set = () => {
      throw new Error('the disk is full');
    };

    const { code } = await world.run(`${remove} --keep-audit audit.json`);

    assert.notEqual(code, 0);
    assert.equal((await tablesOf(world)).length, made.length);
  });

  test('is refused while an operation is unfinished, and names what ends it', async () => {
    await using world = await World.create(three);
    await world.addTask({ id: 'ServerTasks-1', state: 'Executing', node: 'web-2' });
    const drain = await world.run('node drain web-2 --yes --drain-timeout 1m --json');
    const { operation } = JSON.parse(drain.stdout).error;

    for (const line of [remove, 'database remove --dry-run', 'database remove --script']) {
      const { code, stderr } = await world.run(line);

      assert.equal(code, 8, line);
      assert.match(
        stderr,
        new RegExp(`octo-ha operation resume ${operation}, or octo-ha operation abort ${operation}`),
      );
    }
    assert.equal((await tablesOf(world)).length, 0, 'a refusal names no tables');
    assert.equal(await world.count('octo_ha.operation'), 1);
  });

  test('is refused while a node is held, and goes once that has ended', async () => {
    await using world = await World.create(three);
    await world.run('node drain web-2 --yes --reason disk');

    const { code, stderr } = await world.run(remove);
    const undrained = await world.run('node undrain web-2');

    assert.equal(code, 3);
    assert.match(stderr, /web-2, held by anna@desk \(disk\): octo-ha node undrain web-2/);
    assert.equal(undrained.code, 0);
    assert.equal((await world.run(remove)).code, 0);
  });

  test('is refused while a service is kept from starting', async () => {
    await using world = await World.create(three);
    await world.run('node stop web-2 --yes');

    const { code, stderr } = await world.run(remove);
    const started = await world.run('node start web-2 --yes');

    assert.equal(code, 3);
    assert.match(stderr, /web-2, which octo-ha has stopped: octo-ha node start web-2/);
    assert.equal(started.code, 0, started.stderr);
    assert.equal((await world.run(remove)).code, 0);
  });

  test('a drain flag that octo-ha did not set stands in nobody’s way', async () => {
    await using world = await World.create([...three, { name: 'web-4', draining: true }]);

    assert.equal((await world.run(remove)).code, 0);
    assert.equal((await world.flags())['web-4']?.draining, true);
  });

  test('is refused while somebody holds the lease', async () => {
    await using world = await World.create(three);
    await world.execute([
      sql`UPDATE octo_ha.lease SET token = 7, holder = 'x', operation_id = 'another', who = 'bob@far', host = 'far',
        pid = 9, since = ${world.now}, expires = ${new Date(world.now.getTime() + 30_000)}`,
    ]);

    const { code, stderr } = await world.run(remove);

    assert.equal(code, 8);
    assert.match(stderr, /bob@far holds the cluster/);
    assert.equal(await world.count('octo_ha.lease'), 1);
  });

  test('a lease that is taken over at the last moment keeps every table', async () => {
    await using world = await World.create(three);
    const { code, stderr } = await world.run(remove, {
      session: (real) => ({
        ...real,
        async change(steps, signal) {
          if (steps.some((step) => step.sql.startsWith('DROP TABLE'))) {
            await world.execute([sql`UPDATE octo_ha.lease SET token = token + 1, holder = 'somebody'`]);
          }
          return await real.change(steps, signal);
        },
      }),
    });

    assert.equal(code, 8, stderr);
    assert.match(stderr, /nothing was removed/);
    for (const table of made) assert.ok((await world.count(`octo_ha.${table}`)) >= 0);
  });

  test('a login without the right removes nothing, and is told of the script', async () => {
    await using world = await World.create(three);
    const { code, stderr } = await world.run(remove, {
      session: (real) => ({
        ...real,
        change: (steps, signal) =>
          steps.some((step) => step.sql.startsWith('DROP TABLE'))
            ? Promise.reject(new DatabaseError('Cannot drop the table', { number: 3701 }))
            : real.change(steps, signal),
      }),
    });

    assert.equal(code, 9);
    assert.match(
      stderr,
      /were not removed: Cannot drop the table[\s\S]*octo-ha database remove --script > remove\.sql/,
    );
    assert.equal((await tablesOf(world)).length, made.length);
  });

  test("another cluster's tables are left alone", async () => {
    await using world = await World.create(three);
    await world.execute([sql`UPDATE octo_ha.cluster SET server_name = 'sql-old'`]);

    const { code, stderr } = await world.run(remove);

    assert.equal(code, 3);
    assert.match(stderr, /database adopt --moved/);
    assert.equal(await world.count('octo_ha.cluster'), 1);
  });

  test('tables of a newer octo-ha are left to that', async () => {
    await using world = await World.create(three);
    await world.execute([
      sql`INSERT INTO octo_ha.schema_version (number, name, applied, minimum_writer) VALUES (99, 'more', ${world.now}, 1)`,
    ]);

    assert.equal((await world.run(remove)).code, 2);
    assert.equal(await world.count('octo_ha.cluster'), 1);
  });

  test('a script is for a SQL Server', async () => {
    await using world = await World.create(three);

    assert.equal((await world.run('database remove --script')).code, 2);
  });

  test('the records that it names are where machines keep them', () => {
    assert.match(JSON.stringify(posixBootstrap), /state:-\/var\/lib\/octo-ha\}/);
    assert.match(powershellProgram, /"\$env:ProgramData\\+octo-ha"/);
  });
});

describe('a removal that is killed and run again', async () => {
  const undisturbed = killedAt(Number.POSITIVE_INFINITY, 'before');
  await using world = await World.create(three);
  const { code } = await world.run(remove, undisturbed);
  assert.equal(code, 0);
  assert.ok(undisturbed.calls >= 4);

  for (const when of ['before', 'after'] as const) {
    for (let boundary = 0; boundary < undisturbed.calls - 1; boundary++) {
      test(`ends: ${when} call ${boundary + 1} of ${undisturbed.calls}`, async () => {
        await using again = await World.create(three);
        const before = await octopusOf(again);
        const first = await again.run(remove, killedAt(boundary, when));
        assert.equal(first.code, 70, 'the kill was not felt');
        const left = (await tablesOf(again)).length;
        again.dead.add(1);

        const second = await again.run(remove, { identity: { who: 'bob@desk', pid: 2 } });

        assert.equal(second.code, 0, second.stderr);
        assert.ok(left === 0 || left === made.length, `${left} tables are half of it`);
        assert.deepEqual(await tablesOf(again), []);
        assert.deepEqual(await octopusOf(again), before);
      });
    }
  }
});
