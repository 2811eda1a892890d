import { sql } from 'kysely';
import * as z from 'zod/mini';
import { count } from '../../columns.js';
import type { Question } from '../../database.js';

/** Sessions of one machine in this database. */
export interface ConnectedHost {
  readonly host: string;
  readonly program: string;
  readonly sessions: number;
}

const row = z.object({ host_name: z.nullable(z.string()), program_name: z.nullable(z.string()), sessions: count });

/** Needs VIEW SERVER STATE: without it a session sees itself only. */
export const connectedHosts: Question<readonly ConnectedHost[]> = {
  ask: () => sql`
    SELECT s.host_name AS host_name, s.program_name AS program_name, COUNT(*) AS sessions
    FROM sys.dm_exec_sessions AS s
    WHERE s.database_id = DB_ID() AND s.is_user_process = 1 AND s.session_id <> @@SPID
    GROUP BY s.host_name, s.program_name ORDER BY s.host_name`,
  answer: (rows) =>
    rows
      .map((raw) => row.parse(raw))
      .map(({ host_name, program_name, sessions }) => ({
        host: host_name ?? '',
        program: program_name ?? '',
        sessions,
      })),
};
