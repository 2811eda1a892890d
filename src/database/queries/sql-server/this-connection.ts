import { sql } from 'kysely';
import * as z from 'zod/mini';
import type { Question } from '../../database.js';

export interface ThisConnection {
  readonly encrypted: boolean;
  readonly login: string | null;
}

const row = z.object({ encrypt_option: z.nullable(z.string()), auth_scheme: z.nullable(z.string()) });

/** How the server sees this very connection; `null` where it does not tell. Needs VIEW SERVER STATE on some servers. */
export const thisConnection: Question<ThisConnection | null> = {
  ask: () => sql`
    SELECT c.encrypt_option AS encrypt_option, c.auth_scheme AS auth_scheme FROM sys.dm_exec_connections AS c
    WHERE c.session_id = @@SPID`,
  answer([first]) {
    if (first === undefined) return null;
    const { encrypt_option, auth_scheme } = row.parse(first);
    return { encrypted: encrypt_option === 'TRUE', login: auth_scheme };
  },
};
