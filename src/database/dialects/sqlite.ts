import { SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler, sql } from 'kysely';
import { type Dialect, toStatement, writingBuilder } from '../dialect.js';

/** SQLite, for the lab and for tests: `dbo` and `octo_ha` are attached files, so names read as on SQL Server. */
export const sqlite: Dialect = {
  engine: 'sqlite',
  now: sql<string>`strftime('%Y-%m-%dT%H:%M:%fZ', 'now')`,
  later: (milliseconds) => sql<string>`strftime('%Y-%m-%dT%H:%M:%fZ', 'now', ${`${milliseconds / 1_000} seconds`})`,
  secondsUntil: (instant) => sql<number>`unixepoch(${instant}) - unixepoch('2020-01-01')`,
  types: { text: 'text', instant: 'datetimeoffset', json: 'text' },
  columns: sql.join(
    ['dbo', 'octo_ha'].map(
      (schema) => sql`
        SELECT ${sql.lit(schema)} AS table_schema, m.name AS table_name, c.name AS column_name, c.type AS data_type, c.pk AS in_key
        FROM ${sql.id(schema, 'sqlite_master')} AS m, pragma_table_info(m.name, ${sql.lit(schema)}) AS c
        WHERE m.type = 'table'`,
    ),
    sql` UNION ALL `,
  ),
  columnsOf: () => {
    throw new Error('SQLite has no separate database');
  },
  pinOf: () => sql`SELECT NULL AS database_name`,
  facts: () => sql`
    SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now') AS now, 'this machine' AS server_name,
      'SQLite ' || sqlite_version() AS server_version, 'BINARY' AS collation,
      (SELECT file FROM pragma_database_list WHERE name = 'dbo') AS database_name, 'local' AS login, 0 AS hadr, 0 AS own_exists`,
  builder: () =>
    writingBuilder({
      createAdapter: () => new SqliteAdapter(),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    }),
  compile: (queries) => queries.map((query) => toStatement(query, new SqliteQueryCompiler())),
};
