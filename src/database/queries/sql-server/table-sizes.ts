import { sql } from 'kysely';
import * as z from 'zod/mini';
import { count } from '../../columns.js';
import type { Question } from '../../database.js';

const row = z.object({ table_name: z.string(), rows_count: count });

/** Rows of the tables that keep history, from the catalogue and so without reading them. Needs VIEW DATABASE STATE. */
export const historySizes: Question<ReadonlyMap<string, number>> = {
  ask: () => sql`
    SELECT t.name AS table_name, SUM(p.row_count) AS rows_count
    FROM sys.dm_db_partition_stats AS p JOIN sys.tables AS t ON t.object_id = p.object_id
    WHERE p.index_id IN (0, 1) AND t.name IN ('ServerTask', 'Event', 'DeploymentHistory', 'Release')
    GROUP BY t.name ORDER BY t.name`,
  answer: (rows) =>
    new Map(rows.map((raw) => row.parse(raw)).map(({ table_name, rows_count }) => [table_name, rows_count])),
};
