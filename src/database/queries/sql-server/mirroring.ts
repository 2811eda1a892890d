import { sql } from 'kysely';
import * as z from 'zod/mini';
import type { Question } from '../../database.js';

const row = z.object({ role_desc: z.nullable(z.string()) });

/** The database's role in database mirroring; `null` where it is not mirrored. */
export const mirroringRole: Question<string | null> = {
  ask: () => sql`
    SELECT m.mirroring_role_desc AS role_desc FROM sys.database_mirroring AS m
    WHERE m.database_id = DB_ID() AND m.mirroring_guid IS NOT NULL`,
  answer: ([first]) => (first === undefined ? null : (row.parse(first).role_desc ?? 'unknown')),
};
