import { sql } from 'kysely';
import * as z from 'zod/mini';
import { instant } from '../columns.js';
import type { Question } from '../database.js';

const row = z.object({ now: instant });

/** The database's clock: every age is computed from it, never from the administrator's machine. */
export const databaseTime: Question<Date> = {
  ask: ({ dialect }) => sql`SELECT ${dialect.now} AS now`,
  answer: ([first]) => row.parse(first).now,
};
