import { systemClock } from '../system-clock.js';
import { openSqlServer, type SqlServerOptions } from './session.js';

/**
 * Makes a database on the server where it is missing. The name is quoted as an identifier; creating a database cannot
 * be part of a transaction, so it is the one statement here that runs as a batch of its own. Without a collation it is
 * the server's.
 */
export async function createDatabase(
  options: SqlServerOptions,
  name: string,
  signal: AbortSignal,
  collation?: 'Latin1_General_CI_AS',
): Promise<void> {
  const identifier = `[${name.replaceAll(']', ']]')}]`;
  const create = `CREATE DATABASE ${identifier}${collation === undefined ? '' : ` COLLATE ${collation}`}`;
  const sql = `IF DB_ID(@p1) IS NULL EXEC(N'${create.replaceAll("'", "''")}'); SELECT 1 AS done`;
  await using session = openSqlServer({ ...options, clock: systemClock });
  await session.read([{ sql, parameters: [name] }], signal);
}
