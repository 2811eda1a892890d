import { sql } from 'kysely';
import * as z from 'zod/mini';
import { count } from '../../columns.js';
import type { Question } from '../../database.js';

const row = z.object({ schema_name: z.string(), tables: count });

/** Tables by schema, Octopus' own and octo-ha's left out. */
export const foreignSchemas: Question<ReadonlyMap<string, number>> = {
  ask: () => sql`
    SELECT SCHEMA_NAME(t.schema_id) AS schema_name, COUNT(*) AS tables FROM sys.tables AS t
    WHERE t.is_ms_shipped = 0 AND SCHEMA_NAME(t.schema_id) NOT IN ('dbo', 'octo_ha')
    GROUP BY SCHEMA_NAME(t.schema_id)`,
  answer: (rows) => new Map(rows.map((raw) => row.parse(raw)).map(({ schema_name, tables }) => [schema_name, tables])),
};
