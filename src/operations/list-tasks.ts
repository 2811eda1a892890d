import type { Task } from '../cluster/task.js';
import { taskOwner } from '../cluster/task-owner.js';
import { databaseTime } from '../database/queries/clock.js';
import { nodeRecords } from '../database/queries/nodes.js';
import { unfinishedTasks } from '../database/queries/tasks.js';
import type { Cluster } from './cluster.js';
import { findNode } from './find-node.js';

export interface TaskList {
  /** The database's clock. */
  readonly at: Date;
  readonly tasks: readonly Task[];
  /** The name of the node that a task names by Id or name. */
  nodeName(node: string): string;
}

/** Tasks that have not ended: running, queued, bound to a node, waiting for a human. */
export async function listTasks(
  { database }: Cluster,
  { node }: { readonly node: string | undefined },
  signal: AbortSignal,
): Promise<TaskList> {
  const which = node === undefined ? 'all' : 'taken';
  const [at, nodes, tasks] = await database.ask([databaseTime, nodeRecords, unfinishedTasks(which)], signal);
  const wanted = node === undefined ? undefined : findNode(nodes, node);
  return {
    at,
    tasks: tasks.filter((task) => wanted === undefined || taskOwner(task.node, nodes)?.id === wanted.id),
    nodeName: (named) => taskOwner(named, nodes)?.name ?? named,
  };
}
