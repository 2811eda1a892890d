import { sql } from 'kysely';
import * as z from 'zod/mini';
import { count } from '../../columns.js';
import type { Question } from '../../database.js';

export interface AvailabilityListener {
  readonly name: string;
  readonly addresses: number;
}

const row = z.object({ dns_name: z.string(), addresses: count });

/** Listeners of the groups that hold this database, with how many addresses each has. Needs VIEW SERVER STATE. */
export const availabilityListeners: Question<readonly AvailabilityListener[]> = {
  ask: () => sql`
    SELECT l.dns_name AS dns_name, COUNT(ip.ip_address) AS addresses
    FROM sys.availability_group_listeners AS l
    LEFT JOIN sys.availability_group_listener_ip_addresses AS ip ON ip.listener_id = l.listener_id
    WHERE EXISTS (SELECT 1 FROM sys.dm_hadr_database_replica_states AS d
      WHERE d.group_id = l.group_id AND d.database_id = DB_ID())
    GROUP BY l.dns_name ORDER BY l.dns_name`,
  answer: (rows) => rows.map((raw) => row.parse(raw)).map(({ dns_name: name, addresses }) => ({ name, addresses })),
};
