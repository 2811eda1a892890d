import { sql } from 'kysely';
import type { Effect } from '../database.js';

/** Changes the task cap of one node, by exact Id, and only where it still is `from`. */
export const setTaskCap = (id: string, from: number, to: number): Effect => ({
  rows: 1,
  statement: ({ shape: { nodes } }) => sql`
    UPDATE dbo.OctopusServerNode SET ${sql.id(nodes.cap)} = ${to}
    WHERE ${sql.id(nodes.id)} = ${id} AND ${sql.id(nodes.cap)} = ${from}`,
});
