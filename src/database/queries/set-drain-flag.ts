import { sql } from 'kysely';
import type { Effect } from '../database.js';

/**
 * Sets or clears the drain flag of one node, by exact Id, and only where it still stands at the other value: nobody
 * else's change is overwritten. One of the three things octo-ha writes to Octopus' tables.
 */
export const setDrainFlag = (id: string, draining: boolean): Effect => ({
  rows: 1,
  statement: ({ shape: { nodes } }) => sql`
    UPDATE dbo.OctopusServerNode SET ${sql.id(nodes.drain)} = ${draining}
    WHERE ${sql.id(nodes.id)} = ${id} AND ${sql.id(nodes.drain)} = ${!draining}`,
});
