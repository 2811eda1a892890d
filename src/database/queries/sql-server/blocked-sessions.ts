import { sql } from 'kysely';
import * as z from 'zod/mini';
import { count } from '../../columns.js';
import type { Question } from '../../database.js';

export interface BlockedSession {
  readonly session: number;
  readonly by: number;
  readonly waitMs: number;
  readonly host: string | null;
}

const row = z.object({ session_id: count, blocked_by: count, wait_ms: count, host_name: z.nullable(z.string()) });

/** Sessions in this database that wait for another one, the longest first. Needs VIEW SERVER STATE. */
export const blockedSessions: Question<readonly BlockedSession[]> = {
  ask: () => sql`
    SELECT TOP (20) r.session_id AS session_id, r.blocking_session_id AS blocked_by, r.wait_time AS wait_ms,
      s.host_name AS host_name
    FROM sys.dm_exec_requests AS r JOIN sys.dm_exec_sessions AS s ON s.session_id = r.session_id
    WHERE r.blocking_session_id <> 0 AND r.database_id = DB_ID() ORDER BY r.wait_time DESC`,
  answer: (rows) =>
    rows
      .map((raw) => row.parse(raw))
      .map(({ session_id, blocked_by, wait_ms, host_name }) => ({
        session: session_id,
        by: blocked_by,
        waitMs: wait_ms,
        host: host_name,
      })),
};
