import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { sql } from 'kysely';
import { openClusterDatabase } from '../../src/adapters/cluster-database.js';
import { localIdentity } from '../../src/adapters/local-identity.js';
import { parseConnectionString } from '../../src/adapters/sql-server/connection-string.js';
import { openSqlServer } from '../../src/adapters/sql-server/session.js';
import { systemClock } from '../../src/adapters/system-clock.js';
import { sqlServer } from '../../src/database/dialects/sql-server.js';
import { madeTables } from '../../src/database/migrations/index.js';
import type { Cluster } from '../../src/operations/cluster.js';
import { setUpOwnTables } from '../../src/setup/own-tables.js';
import { plannedRemoval } from '../../src/setup/plan-removal.js';
import { removeOwnTables } from '../../src/setup/remove-own-tables.js';
import { insertNode } from '../support/octopus-rows.js';
import { createTables, octopusShapes } from '../support/octopus-shapes.js';

const connection = process.env['OCTO_HA_TEST_MSSQL'];
const skip = connection === undefined && 'OCTO_HA_TEST_MSSQL names no SQL Server';
const shape = octopusShapes.find(({ name }) => name === '2021 and later');
const signal = new AbortController().signal;
const made = [...madeTables].toSorted();

const to = (database: string) =>
  openSqlServer({ settings: { ...parseConnectionString(connection ?? ''), database }, clock: systemClock });

async function execute(database: string, text: string): Promise<void> {
  await using session = to(database);
  await session.read([{ sql: `${text}; SELECT 1 AS done`, parameters: [] }], signal);
}

async function exists(database: string): Promise<boolean> {
  await using session = to('master');
  const [[row] = []] = await session.read([{ sql: 'SELECT DB_ID(@p1) AS id', parameters: [database] }], signal);
  return row?.['id'] !== null;
}

/** A database of Octopus on a real server, as the command line opens it; octo-ha's tables are not made yet. */
async function opened(placement: 'separate' | 'octopus') {
  assert.ok(shape !== undefined);
  const octopus = `octo_ha_test_${randomBytes(6).toString('hex')}`;
  const own = `${octopus}_own`;
  await execute('master', `CREATE DATABASE ${octopus}`);
  {
    await using session = to(octopus);
    const rows = insertNode(shape, { name: 'web-1', lastSeen: new Date() });
    const queries = [...createTables(shape), ...rows].map((one) => (typeof one === 'string' ? sql.raw(one) : one));
    await session.define(sqlServer.compile(queries, { database: null }), signal);
  }
  const text = (connection ?? '').replace(/(Database|Initial Catalog)=[^;]*/i, `Database=${octopus}`);
  const secrets = { read: () => Promise.reject(new Error('no secret is asked for')) };
  const opening = { clock: systemClock, secrets, timeout: 60_000, signal };
  const described = { engine: 'sql-server', connection: text, placement, own } as const;
  const { database, dialect, ownTables } = await openClusterDatabase(described, opening);
  const cluster: Cluster = {
    context: 'test',
    database,
    dialect,
    ownTables,
    http: { send: () => Promise.reject(new Error('nothing is asked')) },
    api: async () => undefined,
    clock: systemClock,
    nodeUrl: undefined,
    shellOn: () => Promise.reject(new Error('no machine is asked')),
    octopusServerOn: () => undefined,
    ca: undefined,
    timeout: 60_000,
  };
  return {
    cluster,
    octopus,
    own,
    async [Symbol.asyncDispose]() {
      await database[Symbol.asyncDispose]();
      for (const name of [own, octopus])
        await execute('master', `IF DB_ID('${name}') IS NOT NULL DROP DATABASE ${name}`);
    },
  };
}

const removing = { wait: 0, keepAudit: undefined };

describe("octo-ha's tables on a real server", () => {
  test('go with their database, where octo-ha made it', { skip }, async () => {
    await using test = await opened('separate');
    await setUpOwnTables(test.cluster, signal);
    const there = await exists(test.own);

    const plan = await plannedRemoval(test.cluster, localIdentity, signal);
    const removed = await removeOwnTables(test.cluster, localIdentity, plan, removing, signal);
    const again = await plannedRemoval(test.cluster, localIdentity, signal);

    assert.equal(there, true);
    assert.deepEqual(plan.tables, made);
    assert.deepEqual(plan.apart, { name: test.own });
    assert.deepEqual(removed, { databaseDropped: true, schemaStays: false });
    assert.equal(await exists(test.own), false);
    assert.deepEqual(again.tables, []);
    assert.equal((await test.cluster.database.catalogue(signal)).shape.nodes.name, 'Name');
  });

  test('go, and their database stays, where something else is in it', { skip }, async () => {
    await using test = await opened('separate');
    await setUpOwnTables(test.cluster, signal);
    await execute(test.own, 'CREATE TABLE dbo.theirs (id int NOT NULL PRIMARY KEY)');

    const plan = await plannedRemoval(test.cluster, localIdentity, signal);
    const removed = await removeOwnTables(test.cluster, localIdentity, plan, removing, signal);

    assert.deepEqual(removed, { databaseDropped: false, databaseStays: 'dbo.theirs is in it', schemaStays: false });
    await execute(test.own, 'INSERT INTO dbo.theirs (id) VALUES (1)');
    assert.deepEqual((await plannedRemoval(test.cluster, localIdentity, signal)).tables, []);
  });

  test('go, and their database stays, where the server will not drop it', { skip }, async () => {
    await using test = await opened('separate');
    await setUpOwnTables(test.cluster, signal);
    // Whoever is connected to a database keeps it from being dropped.
    await using somebody = to(test.own);
    await somebody.read([{ sql: 'SELECT 1 AS here', parameters: [] }], signal);

    const plan = await plannedRemoval(test.cluster, localIdentity, signal);
    const removed = await removeOwnTables(test.cluster, localIdentity, plan, removing, signal);
    await somebody[Symbol.asyncDispose]();

    assert.deepEqual(plan.apart, { name: test.own });
    assert.equal(removed.databaseDropped, false);
    assert.match(removed.databaseStays ?? '', /use|being accessed/);
    assert.equal(await exists(test.own), true);
    assert.deepEqual((await plannedRemoval(test.cluster, localIdentity, signal)).tables, []);
  });

  test('go, and their database stays, where somebody else made it', { skip }, async () => {
    await using test = await opened('separate');
    await execute('master', `CREATE DATABASE ${test.own}`);
    await setUpOwnTables(test.cluster, signal);

    const plan = await plannedRemoval(test.cluster, localIdentity, signal);
    const removed = await removeOwnTables(test.cluster, localIdentity, plan, removing, signal);

    assert.equal(removed.databaseStays, 'it is not known to have been made by octo-ha');
    assert.equal(await exists(test.own), true);
    assert.deepEqual((await plannedRemoval(test.cluster, localIdentity, signal)).tables, []);
  });

  test("go from among Octopus' own, which stay", { skip }, async () => {
    await using test = await opened('octopus');
    await setUpOwnTables(test.cluster, signal);

    const plan = await plannedRemoval(test.cluster, localIdentity, signal);
    const removed = await removeOwnTables(test.cluster, localIdentity, plan, removing, signal);

    assert.deepEqual(plan.tables, made);
    assert.deepEqual(removed, { databaseDropped: false, schemaStays: false });
    await using session = to(test.octopus);
    const count = { sql: 'SELECT COUNT(*) AS n FROM dbo.OctopusServerNode', parameters: [] };
    assert.equal(Number((await session.read([count], signal))[0]?.[0]?.['n']), 1);
  });
});
