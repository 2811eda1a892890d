import { type Node, nodeState } from '../cluster/node.js';
import { capacityOf } from '../cluster/status.js';
import type { Timing } from '../cluster/timing.js';
import { nodeAddresses } from '../database/queries/node-addresses.js';
import type { Cluster } from './cluster.js';
import { addressOf, type Ping, ping } from './ping.js';
import { type Look, readStatus } from './read-status.js';

/** The node as it is when its own ping is counted, too: unseen for a heartbeat and not answering, it is offline. */
export function withPing(node: Node, answer: Ping, at: Date, timing: Timing): Node {
  const flaggedOffline = node.state === 'offline';
  const pingFails = answer.kind === 'unreachable';
  return { ...node, state: nodeState({ ...node, flaggedOffline, pingFails }, at, timing) };
}

/** `readStatus` for whoever wants to change something: nodes that are overdue by a heartbeat are asked themselves. */
export async function readStatusForChange(cluster: Cluster, signal: AbortSignal): Promise<Look> {
  const look = await readStatus(cluster, signal);
  const { at, timing } = look;
  const isOverdue = ({ lastSeen, state }: Node) =>
    (state === 'running' || state === 'ui-only') &&
    lastSeen !== null &&
    at.getTime() - lastSeen.getTime() >= timing.heartbeat;
  if (!look.nodes.some(isOverdue)) return look;
  const [addresses] = await cluster.database.ask([nodeAddresses], signal);
  const asked = async (node: Node) =>
    withPing(node, await ping(cluster, node, addressOf(cluster, node, addresses), signal), at, timing);
  const nodes = await Promise.all(look.nodes.map((node) => (isOverdue(node) ? asked(node) : node)));
  return { ...look, nodes, capacity: capacityOf(nodes) };
}
