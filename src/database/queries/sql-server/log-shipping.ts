import { sql } from 'kysely';
import type { Question } from '../../database.js';

/** Whether this database's log is shipped elsewhere. Needs to read msdb. */
export const logShipping: Question<boolean> = {
  ask: () => sql`
    SELECT p.primary_database AS primary_database FROM msdb.dbo.log_shipping_primary_databases AS p
    WHERE p.primary_database = DB_NAME()`,
  answer: (rows) => rows.length > 0,
};
