import { sql } from 'kysely';
import type { Effect } from '../database.js';
import { db } from '../own-tables-builder.js';

/**
 * Deletes the rows of one node, by exact Id, from both of Octopus' tables: a status row that is left would break the
 * heartbeat of a node that takes the name again. The last of the three things octo-ha writes to Octopus' tables.
 */
export const deleteNode = (id: string): readonly Effect[] => [
  {
    rows: 'any',
    statement: ({ shape: { status } }) =>
      // Nothing to delete where the status still stands in the node's own row.
      status === null
        ? sql`DELETE FROM dbo.OctopusServerNode WHERE 1 = 0`
        : sql`DELETE FROM dbo.OctopusServerNodeStatus WHERE ${sql.id(status.key)} = ${id}`,
  },
  {
    rows: 1,
    statement: ({ shape: { nodes } }) => sql`DELETE FROM dbo.OctopusServerNode WHERE ${sql.id(nodes.id)} = ${id}`,
  },
];

/** Forgets where a node was, and who held it. Its journal and audit stay. */
export const forgetNode = (id: string): readonly Effect[] =>
  (['octo_ha.machine', 'octo_ha.node', 'octo_ha.hold', 'octo_ha.observed'] as const).map((table) => ({
    rows: 'any',
    statement: (builder) => db(builder).deleteFrom(table).where('node_id', '=', id),
  }));
