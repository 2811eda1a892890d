import { type Node, nodeKey } from '../cluster/node.js';
import { hasEnded, occupiesNode, type Task } from '../cluster/task.js';
import { databaseTime } from '../database/queries/clock.js';
import { type NodeRecord, nodeRecords } from '../database/queries/nodes.js';
import { tasksById, unfinishedTasks } from '../database/queries/tasks.js';
import type { Cluster } from './cluster.js';

/** One look at a node under an operation. */
export interface NodeLook {
  /** The database's clock. */
  readonly at: Date;
  /** `undefined` when its row is gone. */
  readonly record: NodeRecord | undefined;
  /** Tasks that keep it busy. */
  readonly holding: readonly Task[];
}

/** Follows one node and every task ever seen on it during the operation. */
export interface NodeWatch {
  look(signal: AbortSignal): Promise<NodeLook>;
  /** Every task seen on the node so far, in its last known state. */
  readonly seen: ReadonlyMap<string, Task>;
}

/** A look is one round trip. A task that is no longer listed is read again by its Id, so that none is lost sight of. */
export function watchNode({ database }: Cluster, node: Pick<Node, 'id' | 'name'>): NodeWatch {
  const seen = new Map<string, Task>();
  const keys = new Set([nodeKey(node.id), nodeKey(node.name)]);
  const isHere = (task: Task) => task.node !== null && keys.has(nodeKey(task.node));

  return {
    seen,
    async look(signal) {
      const open = [...seen.values()].filter(({ state }) => !hasEnded(state)).map(({ id }) => id);
      const [at, records, taken, again] = await database.ask(
        [databaseTime, nodeRecords, unfinishedTasks('taken'), tasksById(open.slice(0, 500))],
        signal,
      );
      const here = taken.filter(
        (task) => isHere(task) && occupiesNode({ state: task.state, started: task.startedAt !== null }),
      );
      for (const task of [...again, ...here]) seen.set(task.id, task);
      const unsettled = open.slice(0, 500).filter((id) => {
        const task = seen.get(id);
        return task !== undefined && !hasEnded(task.state) && isHere(task) && !here.some((other) => other.id === id);
      });
      const holding = [...here, ...unsettled.flatMap((id) => seen.get(id) ?? [])];
      return { at, record: records.find(({ id }) => id === node.id), holding };
    },
  };
}
