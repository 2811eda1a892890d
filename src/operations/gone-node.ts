import type { Node } from '../cluster/node.js';
import type { Operation } from '../cluster/operation.js';
import { steps } from '../database/queries/steps.js';
import type { Cluster } from './cluster.js';
import type { Look } from './read-status.js';

/**
 * A node whose row is gone while its decommission is unfinished, as the journal knows it; `undefined` where it is not so.
 */
export async function goneNode(
  cluster: Cluster,
  look: Look,
  wanted: string,
  signal: AbortSignal,
): Promise<Node | undefined> {
  const same = (name: string) => name.toLowerCase() === wanted.toLowerCase();
  if (look.nodes.some(({ name, id }) => same(name) || same(id))) return undefined;
  const operation = look.unfinished.find(({ kind, nodes }) => kind === 'decommission' && nodes.some(same));
  return operation && (await nodeOf(cluster, operation, signal));
}

async function nodeOf(cluster: Cluster, { id, nodes }: Operation, signal: AbortSignal): Promise<Node | undefined> {
  const [journal] = await cluster.database.ask([steps(id)], signal);
  const nodeId = journal[0]?.nodeId;
  if (nodeId === undefined) return undefined;
  return {
    id: nodeId,
    name: nodes[0] ?? nodeId,
    state: 'offline',
    draining: true,
    hold: null,
    runningTasks: 0,
    taskCap: 0,
    lastSeen: null,
    version: null,
  };
}
