import { sql } from 'kysely';
import * as z from 'zod/mini';
import { instant } from '../../database/columns.js';
import type { OctopusDatabase } from '../octopus-database.js';

const lostRow = z.object({ node: z.string(), last_seen: z.nullable(instant), registered: z.nullable(z.string()) });
const nowRow = z.object({ now: instant });

/**
 * Ends the tasks of nodes that do not come back: those of a node unseen for too long are cancelled, those of a node
 * that was deleted fail. Every node looks; the first one does it.
 */
export async function endLostTasks(octopus: OctopusDatabase, lostAfter: number, signal: AbortSignal): Promise<void> {
  const { now } = octopus.dialect;
  const [times = [], holders = []] = await octopus.read(
    [
      sql`SELECT ${now} AS now`,
      sql`
        SELECT DISTINCT t.ServerNodeId AS node, s.LastSeen AS last_seen, n.Id AS registered
        FROM dbo.ServerTask AS t
        LEFT JOIN dbo.OctopusServerNode AS n ON n.Id = t.ServerNodeId
        LEFT JOIN dbo.OctopusServerNodeStatus AS s ON s.OctopusServerNodeId = t.ServerNodeId
        WHERE t.State IN ('Executing', 'Cancelling') AND t.ServerNodeId IS NOT NULL`,
    ],
    signal,
  );
  const cutoff = new Date(nowRow.parse(times[0]).now.getTime() - lostAfter);
  for (const { node, last_seen, registered } of holders.map((row) => lostRow.parse(row))) {
    if (registered === null) {
      await end(
        node,
        'Failed',
        `The Octopus Server node ${node} was deleted while the task was running.`,
        sql`NOT EXISTS (SELECT 1 FROM dbo.OctopusServerNode AS n WHERE n.Id = ${node})`,
      );
    } else if (last_seen !== null && last_seen < cutoff) {
      await end(
        node,
        'Canceled',
        `The Octopus Server node ${node} has not been seen since ${last_seen.toISOString()}.`,
        sql`EXISTS (SELECT 1 FROM dbo.OctopusServerNodeStatus AS s WHERE s.OctopusServerNodeId = ${node} AND s.LastSeen < ${cutoff})`,
      );
    }
  }

  async function end(node: string, state: string, why: string, still: ReturnType<typeof sql>): Promise<void> {
    const query = sql`
      UPDATE dbo.ServerTask SET State = ${state}, CompletedTime = ${now}, ErrorMessage = ${why}
      WHERE ServerNodeId = ${node} AND State IN ('Executing', 'Cancelling') AND ${still}`;
    await octopus.change([{ query, expects: 'any' }], signal);
  }
}
