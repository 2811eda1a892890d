import { sql } from 'kysely';
import * as z from 'zod/mini';
import type { Question } from '../../database.js';

/** A replica of an availability group that holds this database, as the connected one sees it. */
export interface AvailabilityReplica {
  readonly group: string;
  readonly server: string;
  readonly role: string | null;
  readonly connected: string | null;
  readonly health: string | null;
  readonly mode: string | null;
  readonly failover: string | null;
}

const text = z.nullable(z.string());
const row = z.object({
  ag_name: z.string(),
  replica_server: z.string(),
  role_desc: text,
  connected_state: text,
  health_desc: text,
  mode_desc: text,
  failover_desc: text,
});

/** Empty where the database is in no group. Needs VIEW SERVER STATE. */
export const availabilityReplicas: Question<readonly AvailabilityReplica[]> = {
  ask: () => sql`
    SELECT ag.name AS ag_name, ar.replica_server_name AS replica_server, ars.role_desc AS role_desc,
      ars.connected_state_desc AS connected_state, ars.synchronization_health_desc AS health_desc,
      ar.availability_mode_desc AS mode_desc, ar.failover_mode_desc AS failover_desc
    FROM sys.availability_groups AS ag
    JOIN sys.availability_replicas AS ar ON ar.group_id = ag.group_id
    LEFT JOIN sys.dm_hadr_availability_replica_states AS ars ON ars.replica_id = ar.replica_id
    WHERE EXISTS (SELECT 1 FROM sys.dm_hadr_database_replica_states AS d
      WHERE d.group_id = ag.group_id AND d.database_id = DB_ID())
    ORDER BY ar.replica_server_name`,
  answer: (rows) =>
    rows.map((raw) => {
      const told = row.parse(raw);
      return {
        group: told.ag_name,
        server: told.replica_server,
        role: told.role_desc,
        connected: told.connected_state,
        health: told.health_desc,
        mode: told.mode_desc,
        failover: told.failover_desc,
      };
    }),
};
