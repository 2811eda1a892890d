import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { sql } from 'kysely';
import { parseConnectionString } from '../../src/adapters/sql-server/connection-string.js';
import { openSqlServer } from '../../src/adapters/sql-server/session.js';
import { openSqlite } from '../../src/adapters/sqlite/session.js';
import { systemClock } from '../../src/adapters/system-clock.js';
import { clusterDatabase, type Database } from '../../src/database/database.js';
import type { Dialect, Query } from '../../src/database/dialect.js';
import { sqlServer } from '../../src/database/dialects/sql-server.js';
import { sqlite } from '../../src/database/dialects/sqlite.js';
import { migrate } from '../../src/database/migrate.js';
import type { Session } from '../../src/ports/database.js';

/** A database of its own for one test, gone when the test leaves its scope. */
export interface TestDatabase extends AsyncDisposable {
  readonly session: Session;
  readonly dialect: Dialect;
  /** The database that holds octo-ha's tables; empty where that has no name of its own. */
  readonly own: string;
  /** A fresh look at it: what an earlier one knows of the catalogue is forgotten. */
  open(): Database;
  execute(queries: readonly (Query | string)[]): Promise<void>;
  /** Makes octo-ha's tables. */
  migrate(): Promise<readonly string[]>;
}

export interface Engine {
  readonly name: string;
  /** Why it cannot be used here. */
  readonly missing: string | false;
  readonly ownTablesAmongOctopus: boolean;
  create(): Promise<TestDatabase>;
}

const signal = new AbortController().signal;

/** Statements of a test are few and known, so literals may stand in their text. */
const compile = (dialect: Dialect, queries: readonly (Query | string)[]) =>
  dialect.compile(
    queries.map((query) => (typeof query === 'string' ? sql.raw(query) : query)),
    { database: null },
  );

/** What the tables are pinned to: the database as it tells of itself. */
async function pinOf(database: Database) {
  const { database: name, server } = await database.catalogue(signal);
  return { database: name, server };
}

const sqliteEngine: Engine = {
  name: 'SQLite',
  missing: false,
  ownTablesAmongOctopus: false,
  async create() {
    const directory = await mkdtemp(join(tmpdir(), 'octo-ha-test-'));
    const connect = (create: boolean) => openSqlite({ directory, clock: systemClock, create });
    const session = connect(true);
    const opened: Session[] = [session];
    return {
      session,
      dialect: sqlite,
      own: '',
      open() {
        const another = connect(false);
        opened.push(another);
        return clusterDatabase(another, sqlite, { own: '' });
      },
      execute: (queries) => session.define(compile(sqlite, queries), signal),
      migrate: async () => migrate(session, sqlite, await pinOf(clusterDatabase(session, sqlite, { own: '' })), signal),
      async [Symbol.asyncDispose]() {
        for (const one of opened) await one[Symbol.asyncDispose]();
        await rm(directory, { recursive: true });
      },
    };
  },
};

const connection = process.env['OCTO_HA_TEST_MSSQL'];

/** Making a database costs seconds on some servers, so one pair serves test after test, emptied between them. */
interface Pair {
  readonly octopus: string;
  readonly own: string;
}

const free = new Map<string, Pair[]>();
const made: string[] = [];

const settings = () => parseConnectionString(connection ?? '');
const to = (database: string) => openSqlServer({ settings: { ...settings(), database }, clock: systemClock });

async function onServer(sql: string): Promise<void> {
  await using server = to(settings().database);
  await server.read([{ sql: `${sql}; SELECT 1 AS done`, parameters: [] }], signal);
}

async function makePair(placement: 'separate' | 'octopus'): Promise<Pair> {
  const octopus = `octo_ha_test_${randomBytes(6).toString('hex')}`;
  const own = placement === 'separate' ? `${octopus}_own` : octopus;
  for (const name of new Set([octopus, own])) {
    await onServer(`CREATE DATABASE ${name}`);
    made.push(name);
  }
  return { octopus, own };
}

async function empty(database: string): Promise<void> {
  await using session = to(database);
  const tables = 'SELECT TABLE_SCHEMA AS s, TABLE_NAME AS t FROM INFORMATION_SCHEMA.TABLES';
  const [rows = []] = await session.read([{ sql: tables, parameters: [] }], signal);
  const drops = rows.map((row) => ({ sql: `DROP TABLE [${row['s']}].[${row['t']}]`, parameters: [] }));
  if (drops.length > 0) await session.define(drops, signal);
}

after(async () => {
  for (const name of made) {
    // A session that has just ended may be in the database for a moment longer.
    for (let attempt = 0; ; attempt++) {
      const failed = await onServer(`DROP DATABASE ${name}`).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (failed === undefined) break;
      if (attempt === 50) throw failed;
      await systemClock.sleep(100, signal);
    }
  }
});

/** SQL Server, with octo-ha's tables in a database of their own or among Octopus' tables. */
const sqlServerEngine = (placement: 'separate' | 'octopus'): Engine => ({
  name: placement === 'separate' ? 'SQL Server' : "SQL Server with octo-ha's tables among Octopus'",
  missing: connection === undefined && 'OCTO_HA_TEST_MSSQL names no server',
  ownTablesAmongOctopus: placement === 'octopus',
  async create() {
    const pair = free.get(placement)?.pop() ?? (await makePair(placement));
    const { octopus, own } = pair;
    const session = to(octopus);
    const home = own === octopus ? session : to(own);
    const opened: Session[] = [session, home];
    return {
      session,
      dialect: sqlServer,
      own,
      open() {
        const another = to(octopus);
        opened.push(another);
        return clusterDatabase(another, sqlServer, { own });
      },
      async execute(queries) {
        const isOurs = (query: Query | string) =>
          compile(sqlServer, [query]).some(({ sql }) => /octo_ha["\].]/.test(sql));
        const ours = queries.filter(isOurs);
        const theirs = queries.filter((query) => !isOurs(query));
        if (theirs.length > 0) await session.define(compile(sqlServer, theirs), signal);
        if (ours.length > 0) await home.define(compile(sqlServer, ours), signal);
      },
      migrate: async () => migrate(home, sqlServer, await pinOf(clusterDatabase(session, sqlServer, { own })), signal),
      async [Symbol.asyncDispose]() {
        for (const one of opened) await one[Symbol.asyncDispose]();
        for (const name of new Set([octopus, own])) await empty(name);
        free.set(placement, [...(free.get(placement) ?? []), pair]);
      },
    };
  },
});

/** Every engine that the contract tests run over; SQLite is first. */
export const engines: readonly [Engine, ...Engine[]] = [
  sqliteEngine,
  sqlServerEngine('separate'),
  sqlServerEngine('octopus'),
];
