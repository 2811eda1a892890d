import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { after, before, describe, test } from 'node:test';
import mssql from 'mssql';
import { type ConnectionSettings, parseConnectionString } from '../../src/adapters/sql-server/connection-string.js';
import { openSqlServer } from '../../src/adapters/sql-server/session.js';
import { systemClock } from '../../src/adapters/system-clock.js';
import type { CheckId } from '../../src/checks/check.js';
import { checks } from '../../src/checks/index.js';
import { ownLimits } from '../../src/checks/limits.js';
import { isProblem } from '../../src/checks/outcome.js';
import { clusterDatabase } from '../../src/database/database.js';
import type { Cluster } from '../../src/operations/cluster.js';
import type { Clock } from '../../src/ports/clock.js';
import { diagnose } from '../../src/setup/diagnose.js';
import { worldOf } from '../../src/setup/world-of.js';
import { engines, type TestDatabase } from '../support/engines.js';
import { insertNode } from '../support/octopus-rows.js';
import { createTables, octopusShapes } from '../support/octopus-shapes.js';
import { late, tcpProxy } from '../support/tcp-proxy.js';

const { signal } = new AbortController();
setMaxListeners(0, signal);

const engine = engines.find(({ name }) => name === 'SQL Server');
const connection = process.env['OCTO_HA_TEST_MSSQL'] ?? '';
const shape = octopusShapes.find(({ name }) => name === '2021 and later');

/** How the database is looked at, other than as it comes. */
interface View {
  readonly settings?: Partial<ConnectionSettings>;
  readonly clock?: Clock;
}

/** What a server that is not broken may find wrong with itself is left out: it is there before and after. */
describe('of a database on a SQL Server, doctor', { skip: engine?.missing }, () => {
  let created: TestDatabase;
  let name: string;
  let asItCame: readonly string[];
  before(async () => {
    assert.ok(engine && shape);
    created = await engine.create();
    await created.execute(createTables(shape));
    await created.execute(
      ['web-1', 'web-2'].flatMap((node) => insertNode(shape, { name: node, lastSeen: new Date() })),
    );
    await created.migrate();
    name = (await created.open().catalogue(signal)).database;
    asItCame = await problems();
  });
  after(() => created?.[Symbol.asyncDispose]());

  async function problems({ settings = {}, clock = systemClock }: View = {}): Promise<readonly string[]> {
    const session = openSqlServer({
      settings: { ...parseConnectionString(connection), database: name, ...settings },
      clock: systemClock,
    });
    await using database = clusterDatabase(session, created.dialect, { own: created.own });
    const cluster: Cluster = {
      ...{ context: 'test', database, dialect: created.dialect, clock, nodeUrl: undefined, ca: undefined },
      timeout: 60_000,
      ownTables: { place: 'the test', open: async () => session },
      http: { send: async () => assert.fail('nobody is asked over HTTP') },
      api: async () => undefined,
      octopusServerOn: () => undefined,
      shellOn: async () => assert.fail('no machine is known'),
    };
    const nowhere = async () => assert.fail('nobody is asked over the network');
    await using world = worldOf({
      ...{ cluster, network: { lookup: nowhere, connect: nowhere, certificate: nowhere }, declared: {} },
      // A busy machine is no slow network.
      limits: { ...ownLimits, roundTripWarn: ownLimits.roundTripFail },
      ...{ octopus: undefined, sharedFolders: [], deadline: 60_000, signal },
      storage: {
        ...{ place: undefined, nodePath: undefined, probing: true, newId: () => 'none' },
        servicePassword: async () => undefined,
      },
    });
    const wanted = checks.filter(({ id }) => id.startsWith('database/'));
    const outcomes = await diagnose(world, {
      ...{ selection: { asked: wanted, run: wanted }, suppressions: undefined, required: [], known: checks },
      ...{ from: undefined, jobs: 4, deadline: 60_000, clock: systemClock, signal },
    });
    return outcomes.filter(isProblem).map(({ check, status }) => `${status} ${check.id}`);
  }

  async function finds(expected: readonly `${string} ${CheckId}`[], view?: View): Promise<void> {
    const found = await problems(view);
    assert.deepEqual(
      found.filter((one) => !asItCame.includes(one)),
      expected,
    );
    assert.deepEqual(
      asItCame.filter((one) => !found.includes(one)),
      [],
    );
  }

  const run = (sql: string) => created.session.define([{ sql, parameters: [] }], signal);

  test('finds tables of somebody else, and nothing else', async () => {
    await run('CREATE SCHEMA reports');
    await run('CREATE TABLE reports.sale (id int NOT NULL)');
    try {
      await finds(['warn database/exclusive']);
    } finally {
      await run('DROP TABLE reports.sale');
      await run('DROP SCHEMA reports');
    }
  });

  test('finds Octopus Server on a machine that is no node, and nothing else', async () => {
    const { server, port = 1433, login, trustServerCertificate } = parseConnectionString(connection);
    assert.ok(login.kind === 'sql');
    const pool = new mssql.ConnectionPool({
      ...{ server, port, database: name, user: login.user, password: login.password },
      options: { appName: 'Octopus Server', workstationId: 'forgotten', trustServerCertificate },
    });
    await pool.connect();
    // A pool keeps no connection that nobody has used.
    await pool.request().query('SELECT 1 AS here');
    try {
      await finds(['warn database/known-hosts']);
    } finally {
      await pool.close();
    }
  });

  test('finds a server that is far away, and nothing else', async () => {
    const { server, port = 1433 } = parseConnectionString(connection);
    await using way = await tcpProxy({ host: server, port }, late(150));

    await finds(['fail database/round-trip'], { settings: { server: '127.0.0.1', port: way.port } });
  });

  test('finds a clock that is five minutes off, and nothing else', async () => {
    await finds(['fail database/clock'], { clock: { ...systemClock, now: () => systemClock.now() + 300_000 } });
  });

  test('finds a login that may only look, and nothing else', async () => {
    const user = `octo_ha_reader_${randomBytes(4).toString('hex')}`;
    const password = `Aa1!${randomBytes(12).toString('hex')}`;
    await run(`CREATE LOGIN ${user} WITH PASSWORD = '${password}'`);
    try {
      await run(`CREATE USER ${user} FOR LOGIN ${user}`);
      await run(`GRANT SELECT ON SCHEMA::dbo TO ${user}`);

      await finds(['warn database/write-probe'], { settings: { login: { kind: 'sql', user, password } } });
    } finally {
      await run(`REVOKE SELECT ON SCHEMA::dbo FROM ${user}`);
      await run(`DROP USER ${user}`);
      await run(`DROP LOGIN ${user}`);
    }
  });
});
