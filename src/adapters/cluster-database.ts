import { readFile } from 'node:fs/promises';
import type { ConnectionFacts } from '../cluster/connection-facts.js';
import type { ClusterContext } from '../configuration/configuration.js';
import { clusterDatabase, type Database } from '../database/database.js';
import type { Dialect } from '../database/dialect.js';
import { Failure } from '../errors.js';
import type { Clock } from '../ports/clock.js';
import type { DatabaseApart, OwnTables } from '../ports/own-tables.js';
import type { SecretPlace, Secrets } from '../ports/secrets.js';
import type { SqlServerOptions } from './sql-server/session.js';

export interface Opening {
  readonly clock: Clock;
  readonly secrets: Secrets;
  /** Milliseconds for one call. */
  readonly timeout: number;
  readonly signal: AbortSignal;
}

export interface Opened {
  readonly database: Database;
  readonly dialect: Dialect;
  readonly ownTables: OwnTables;
  /** What the connection string says; absent where there is none. */
  readonly connection?: ConnectionFacts;
}

type SqliteContext = Extract<ClusterContext['database'], { engine: 'sqlite' }>;
type SqlServerContext = Extract<ClusterContext['database'], { engine: 'sql-server' }>;

/** The database that a context describes. Drivers are loaded here, and only the one that is needed. */
export const openClusterDatabase = (context: ClusterContext['database'], opening: Opening): Promise<Opened> =>
  context.engine === 'sqlite' ? openSqliteCluster(context, opening) : openSqlServerCluster(context, opening);

async function openSqliteCluster({ directory }: SqliteContext, { clock }: Opening): Promise<Opened> {
  const [{ openSqlite }, { sqlite }] = await Promise.all([
    import('./sqlite/session.js'),
    import('../database/dialects/sqlite.js'),
  ]);
  return {
    database: clusterDatabase(openSqlite({ directory, clock }), sqlite, { own: null }),
    dialect: sqlite,
    ownTables: { place: directory, open: async () => openSqlite({ directory, clock, create: true }) },
  };
}

/**
 * Makes the database of Octopus Server where it is missing, in the collation that Octopus itself would choose. It is
 * asked for by way of `master`, since it need not be there.
 */
export async function createOctopusDatabase(context: SqlServerContext, opening: Opening): Promise<void> {
  const [options, { createDatabase }] = await Promise.all([
    sqlServerOptions(context, opening),
    import('./sql-server/create-database.js'),
  ]);
  const { settings } = options;
  const byMaster = { ...options, settings: { ...settings, database: 'master' } };
  await createDatabase(byMaster, settings.database, opening.signal, 'Latin1_General_CI_AS');
}

async function sqlServerOptions(context: SqlServerContext, opening: Opening): Promise<SqlServerOptions> {
  const { describe, parseConnectionString } = await import('./sql-server/connection-string.js');
  const { clock, secrets, timeout, signal } = opening;
  const settings = parseConnectionString(context.connection);
  return {
    settings,
    password:
      context.password && (await secrets.read(asking(context.password, `Password for ${describe(settings)}:`), signal)),
    ca: context.ca === undefined ? undefined : await readAuthorities(context.ca),
    connectTimeout: settings.connectTimeout ?? timeout,
    requestTimeout: settings.requestTimeout ?? timeout,
    clock,
  };
}

async function openSqlServerCluster(context: SqlServerContext, opening: Opening): Promise<Opened> {
  const [{ openSqlServer }, { addressOf }, { sqlServer }, options] = await Promise.all([
    import('./sql-server/session.js'),
    import('./sql-server/data-source.js'),
    import('../database/dialects/sql-server.js'),
    sqlServerOptions(context, opening),
  ]);
  const { settings } = options;
  const apart = context.placement === 'separate';
  const name = apart ? context.own : settings.database;
  return {
    database: clusterDatabase(openSqlServer(options), sqlServer, { own: apart ? context.own : null }),
    dialect: sqlServer,
    connection: {
      server: settings.server,
      port: settings.port ?? null,
      multiSubnetFailover: settings.multiSubnetFailover,
      encrypted: settings.encrypt !== 'optional',
      verified: settings.encrypt !== 'optional' && !settings.trustServerCertificate,
    },
    ownTables: {
      place: `the database ${name} on ${addressOf(settings)}`,
      ...(apart ? { apart: databaseApart(options, name) } : {}),
      open: async () => openSqlServer({ ...options, settings: { ...settings, database: name } }),
    },
  };
}

const databaseApart = (options: SqlServerOptions, name: string): DatabaseApart => ({
  name,
  async make(signal) {
    const { createDatabase } = await import('./sql-server/create-database.js');
    return await createDatabase(options, name, signal);
  },
  async drop(signal) {
    const { dropDatabase } = await import('./sql-server/drop-database.js');
    await dropDatabase(options, name, signal);
  },
});

const asking = (place: SecretPlace, question: string): SecretPlace =>
  'prompt' in place ? { prompt: question } : place;

/** The names of the databases that a context of SQL Server speaks of. */
export async function namesOfDatabases({ connection, placement, own }: SqlServerContext) {
  const { parseConnectionString } = await import('./sql-server/connection-string.js');
  const { database } = parseConnectionString(connection);
  return { octopus: database, own: placement === 'octopus' ? database : own };
}

/** PEM text of certificate authorities. */
export async function readAuthorities(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new Failure('usage', `cannot read the certificate authorities in ${path}: ${(error as Error).message}`);
  }
}
