import { quotedName, quotedText } from '../../database/t-sql.js';
import { systemClock } from '../system-clock.js';
import { openSqlServer, type SqlServerOptions } from './session.js';

/**
 * Makes a database on the server where it is missing, and says whether it did. The name is quoted as an identifier;
 * creating a database cannot be part of a transaction, so it is the one statement here that runs as a batch of its own.
 * Without a collation it is the server's.
 */
export async function createDatabase(
  options: SqlServerOptions,
  name: string,
  signal: AbortSignal,
  collation?: 'Latin1_General_CI_AS',
): Promise<boolean> {
  const create = `CREATE DATABASE ${quotedName(name)}${collation === undefined ? '' : ` COLLATE ${collation}`}`;
  const sql = [
    'DECLARE @missing int = CASE WHEN DB_ID(@p1) IS NULL THEN 1 ELSE 0 END;',
    `IF @missing = 1 EXEC(${quotedText(create)});`,
    'SELECT @missing AS made',
  ].join('\n');
  await using session = openSqlServer({ ...options, clock: systemClock });
  const [[row] = []] = await session.read([{ sql, parameters: [name] }], signal);
  return Number(row?.['made']) === 1;
}
