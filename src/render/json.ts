import type { Node } from '../cluster/node.js';
import type { Operation } from '../cluster/operation.js';
import type { ClusterStatus } from '../cluster/status.js';
import type { Task } from '../cluster/task.js';

/** A node as every JSON output shows it. Times are ISO 8601 in UTC. */
export const nodeJson = (node: Node) => ({
  name: node.name,
  id: node.id,
  state: node.state,
  draining: node.draining,
  hold:
    node.hold === null
      ? null
      : { who: node.hold.who, why: node.hold.why, since: node.hold.since, until: node.hold.until },
  runningTasks: node.runningTasks,
  taskCap: node.taskCap,
  lastSeen: node.lastSeen,
  version: node.version,
});

export const operationJson = (operation: Operation) => ({
  id: operation.id,
  kind: operation.kind,
  state: operation.state,
  nodes: operation.nodes,
  who: operation.who,
  reason: operation.reason,
  changeId: operation.changeId,
  channel: operation.channel,
  started: operation.started,
  ended: operation.ended,
  outcome: operation.outcome,
});

/** `operation` is the one that holds the cluster. */
export const statusJson = ({ cluster, at, nodes, queue, capacity, running, orphaned, operation }: ClusterStatus) => ({
  cluster,
  at,
  nodes: nodes.map(nodeJson),
  queue,
  capacity,
  runningTasks: running,
  orphanedTasks: orphaned,
  operation: operation && operationJson(operation),
});

export const taskJson = (task: Task) => ({
  id: task.id,
  name: task.name,
  description: task.description,
  state: task.state,
  queuedAt: task.queuedAt,
  startedAt: task.startedAt,
  completedAt: task.completedAt,
  node: task.node,
  waitsForHuman: task.waitsForHuman,
});
