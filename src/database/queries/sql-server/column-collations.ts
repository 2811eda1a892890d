import { sql } from 'kysely';
import * as z from 'zod/mini';
import type { Question } from '../../database.js';

const row = z.object({ table_name: z.string(), column_name: z.string(), collation_name: z.string() });

/** Columns whose collation is not the database's, as `table.column is COLLATION`; ten at most. */
export const columnCollations: Question<readonly string[]> = {
  ask: () => sql`
    SELECT TOP (10) t.name AS table_name, c.name AS column_name, c.collation_name AS collation_name
    FROM sys.columns AS c JOIN sys.tables AS t ON t.object_id = c.object_id
    WHERE SCHEMA_NAME(t.schema_id) = 'dbo' AND c.collation_name IS NOT NULL
      AND c.collation_name <> CAST(DATABASEPROPERTYEX(DB_NAME(), 'Collation') AS nvarchar(128))
    ORDER BY t.name, c.name`,
  answer: (rows) =>
    rows.map((raw) => {
      const { table_name, column_name, collation_name } = row.parse(raw);
      return `${table_name}.${column_name} is ${collation_name}`;
    }),
};
