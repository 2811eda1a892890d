import { type Node, takesTasks } from './node.js';
import type { Operation } from './operation.js';

export interface Queue {
  /** Waiting to be taken now. */
  readonly queued: number;
  /** Waiting for their time. */
  readonly scheduled: number;
  /** Age of the oldest task that could be taken now, in milliseconds; `null` when there is none. */
  readonly oldestMs: number | null;
  /** Tasks that wait for a manual intervention or guided failure. */
  readonly waitingForHuman: number;
}

/** Sums of task caps over the nodes that take tasks. */
export interface Capacity {
  readonly total: number;
  /** What is left when the node with the largest cap is lost. */
  readonly withoutLargest: number;
}

export interface ClusterIdentity {
  readonly context: string | null;
  readonly server: string;
  readonly database: string;
  /** Newest version in the installation history; `null` where the database does not tell. */
  readonly version: string | null;
}

export interface ClusterStatus {
  readonly cluster: ClusterIdentity;
  /** The database's clock when it answered. */
  readonly at: Date;
  readonly nodes: readonly Node[];
  readonly queue: Queue;
  readonly capacity: Capacity;
  /** Tasks running cluster-wide, those of nodes that are gone included. */
  readonly running: number;
  /** The operation that holds the cluster. */
  readonly operation: Operation | null;
  /** Unfinished tasks held by a node that has no row. */
  readonly orphaned: number;
}

export function capacityOf(nodes: readonly Pick<Node, 'state' | 'taskCap'>[]): Capacity {
  const caps = nodes.filter(takesTasks).map(({ taskCap }) => taskCap);
  const total = caps.reduce((sum, cap) => sum + cap, 0);
  return { total, withoutLargest: total - Math.max(0, ...caps) };
}
