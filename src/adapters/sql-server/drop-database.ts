import { quotedName, quotedText } from '../../database/t-sql.js';
import { systemClock } from '../system-clock.js';
import { openSqlServer, type SqlServerOptions } from './session.js';

/** Drops a database of the server with all that is in it. It cannot be part of a transaction, as creating one cannot. */
export async function dropDatabase(options: SqlServerOptions, name: string, signal: AbortSignal): Promise<void> {
  const sql = `IF DB_ID(@p1) IS NOT NULL EXEC(${quotedText(`DROP DATABASE ${quotedName(name)}`)}); SELECT 1 AS done`;
  await using session = openSqlServer({ ...options, clock: systemClock });
  await session.read([{ sql, parameters: [name] }], signal);
}
