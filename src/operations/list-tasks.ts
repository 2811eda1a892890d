import { nodeKey } from '../cluster/node.js';
import type { Task } from '../cluster/task.js';
import { databaseTime } from '../database/queries/clock.js';
import { nodeRecords } from '../database/queries/nodes.js';
import { unfinishedTasks } from '../database/queries/tasks.js';
import { Failure } from '../errors.js';
import type { Cluster } from './cluster.js';

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
  const names = new Map(
    nodes.flatMap(({ id, name }) => [[nodeKey(id), name] as const, [nodeKey(name), name] as const]),
  );
  if (node !== undefined && !names.has(nodeKey(node))) {
    throw new Failure('usage', `there is no node ${node}`, { hint: 'See them with: octo-ha node list' });
  }
  const wanted = node === undefined ? undefined : names.get(nodeKey(node));
  const nodeName = (of: string) => names.get(nodeKey(of)) ?? of;
  return {
    at,
    tasks: tasks.filter((task) => wanted === undefined || (task.node !== null && nodeName(task.node) === wanted)),
    nodeName,
  };
}
