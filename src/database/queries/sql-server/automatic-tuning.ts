import { sql } from 'kysely';
import * as z from 'zod/mini';
import type { Question } from '../../database.js';

const row = z.object({ option_name: z.string() });

/** Options of automatic tuning that are on. */
export const automaticTuning: Question<readonly string[]> = {
  ask: () => sql`
    SELECT o.name AS option_name FROM sys.database_automatic_tuning_options AS o
    WHERE o.actual_state_desc = 'ON' ORDER BY o.name`,
  answer: (rows) => rows.map((raw) => row.parse(raw).option_name),
};
