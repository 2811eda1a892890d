import { sql } from 'kysely';
import * as z from 'zod/mini';
import { count } from '../../columns.js';
import type { Question } from '../../database.js';

const row = z.object({ pages: count });

/** Pages of this database that could not be read and are not repaired yet. Needs to read msdb. */
export const suspectPages: Question<number> = {
  ask: () => sql`
    SELECT COUNT(*) AS pages FROM msdb.dbo.suspect_pages AS p WHERE p.database_id = DB_ID() AND p.event_type IN (1, 2, 3)`,
  answer: ([first]) => row.parse(first).pages,
};
