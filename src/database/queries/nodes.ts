import { sql } from 'kysely';
import * as z from 'zod/mini';
import { bit, column, columnOrNull, count, instant } from '../columns.js';
import type { Question } from '../database.js';

/** A node's rows as they stand, of the table and of the status table together. */
export interface NodeRecord {
  readonly id: string;
  readonly name: string;
  readonly taskCap: number;
  readonly draining: boolean;
  readonly lastSeen: Date | null;
  readonly flaggedOffline: boolean;
  readonly version: string | null;
}

const row = z.object({
  id: z.string(),
  name: z.string(),
  task_cap: count,
  draining: bit,
  node_seen: z.nullable(instant),
  status_seen: z.nullable(instant),
  node_offline: z.nullable(bit),
  status_offline: z.nullable(bit),
  node_version: z.nullable(z.string()),
  status_version: z.nullable(z.string()),
});

/** Every registered node, by name. Where both tables tell when a node was last seen, the newer one counts. */
export const nodeRecords: Question<readonly NodeRecord[]> = {
  ask({ shape: { nodes, status } }) {
    const join =
      status &&
      sql`LEFT JOIN dbo.OctopusServerNodeStatus AS s ON ${column('s', status.key)} = ${column('n', nodes.id)}`;
    return sql`
      SELECT ${column('n', nodes.id)} AS id, ${column('n', nodes.name)} AS name, ${column('n', nodes.cap)} AS task_cap,
        ${column('n', nodes.drain)} AS draining,
        ${columnOrNull('n', nodes.lastSeen)} AS node_seen, ${columnOrNull('s', status?.lastSeen ?? null)} AS status_seen,
        ${columnOrNull('n', nodes.flaggedOffline)} AS node_offline, ${columnOrNull('s', status?.flaggedOffline ?? null)} AS status_offline,
        ${columnOrNull('n', nodes.version)} AS node_version, ${columnOrNull('s', status?.version ?? null)} AS status_version
      FROM dbo.OctopusServerNode AS n ${join ?? sql``}
      ORDER BY ${column('n', nodes.name)}, ${column('n', nodes.id)}`;
  },
  answer(rows) {
    // A status table without a key could hold a node twice; its newest row counts.
    const byId = new Map<string, NodeRecord>();
    for (const record of rows.map((raw) => toRecord(row.parse(raw)))) {
      const other = byId.get(record.id);
      if (other === undefined || newer(other.lastSeen, record.lastSeen) !== other.lastSeen) byId.set(record.id, record);
    }
    return [...byId.values()];
  },
};

function toRecord(node: z.infer<typeof row>): NodeRecord {
  return {
    id: node.id,
    name: node.name,
    taskCap: node.task_cap,
    draining: node.draining,
    lastSeen: newer(node.node_seen, node.status_seen),
    flaggedOffline: node.status_offline ?? node.node_offline ?? false,
    version: node.status_version ?? node.node_version,
  };
}

const newer = (a: Date | null, b: Date | null): Date | null => (a === null || (b !== null && b > a) ? b : a);
