import type { Node } from '../cluster/node.js';
import type { Task } from '../cluster/task.js';
import { taskOwner } from '../cluster/task-owner.js';
import { nodeAddresses } from '../database/queries/node-addresses.js';
import { unfinishedTasks } from '../database/queries/tasks.js';
import type { Cluster } from './cluster.js';
import { withPing } from './doubtful-nodes.js';
import { findNode } from './find-node.js';
import { addressOf, type Ping, ping } from './ping.js';
import { readStatus } from './read-status.js';

export interface NodeDetails {
  /** The database's clock. */
  readonly at: Date;
  readonly node: Node;
  /** Its own web address, where it is known. */
  readonly url: string | undefined;
  readonly ping: Ping;
  /** Unfinished tasks it has taken. */
  readonly tasks: readonly Task[];
}

/** One node from the database and from its own ping. */
export async function showNode(cluster: Cluster, wanted: string, signal: AbortSignal): Promise<NodeDetails> {
  const { nodes, at, timing } = await readStatus(cluster, signal);
  const node = findNode(nodes, wanted);
  const [addresses, tasks] = await cluster.database.ask([nodeAddresses, unfinishedTasks('taken')], signal);
  const url = addressOf(cluster, node, addresses);
  const answer = await ping(cluster, node, url, signal);
  return {
    at,
    node: withPing(node, answer, at, timing),
    url,
    ping: answer,
    tasks: tasks.filter((task) => taskOwner(task.node, nodes)?.id === node.id),
  };
}
