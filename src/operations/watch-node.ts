import type { Node } from '../cluster/node.js';
import { hasEnded, occupiesNode, type Task } from '../cluster/task.js';
import { taskOwner } from '../cluster/task-owner.js';
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

/** What became of a task seen on the node. `moved`: it waits again, or runs elsewhere. `deleted`: its row is gone. */
export type Fate = 'holding' | 'ended' | 'moved' | 'deleted';

export interface SeenTask {
  readonly task: Task;
  readonly fate: Fate;
}

/** Follows one node and every task ever seen on it during the operation. */
export interface NodeWatch {
  look(signal: AbortSignal): Promise<NodeLook>;
  readonly seen: ReadonlyMap<string, SeenTask>;
}

/** So many Ids go into one statement: SQL Server takes 2,100 parameters. */
const page = 1_000;

/**
 * A look is one round trip, and a second one when a task has left. A task that is no longer listed is read again by its Id, so that none is lost sight of; so
 * are those that earlier runs of the operation have seen.
 */
export function watchNode(
  { database }: Cluster,
  { id }: Pick<Node, 'id'>,
  seenBefore: readonly string[] = [],
): NodeWatch {
  const seen = new Map<string, SeenTask>();
  const unread = new Set(seenBefore);
  const held = () => [...seen.values()].flatMap(({ task, fate }) => (fate === 'holding' ? [task] : []));

  async function readAgain(ids: readonly string[], signal: AbortSignal): Promise<readonly Task[]> {
    if (ids.length === 0) return [];
    const pages = Array.from({ length: Math.ceil(ids.length / page) }, (_, i) => ids.slice(i * page, (i + 1) * page));
    return (await database.ask(pages.map(tasksById), signal)).flat();
  }

  return {
    seen,
    async look(signal) {
      const open = [...new Set([...held().map((task) => task.id), ...unread])];
      const [at, records, taken] = await database.ask([databaseTime, nodeRecords, unfinishedTasks('taken')], signal);
      const isHere = (task: Task) =>
        taskOwner(task.node, records)?.id === id &&
        occupiesNode({ state: task.state, started: task.startedAt !== null });
      const listed = new Map(taken.map((task) => [task.id, task]));
      const again = await readAgain(
        open.filter((known) => !listed.has(known)),
        signal,
      );
      const read = new Map([...listed, ...again.map((task) => [task.id, task] as const)]);
      for (const task of taken.filter(isHere)) seen.set(task.id, { task, fate: 'holding' });
      for (const known of open) {
        const task = read.get(known);
        const before = seen.get(known);
        if (task) seen.set(known, { task, fate: hasEnded(task.state) ? 'ended' : isHere(task) ? 'holding' : 'moved' });
        else if (before) seen.set(known, { task: before.task, fate: 'deleted' });
        unread.delete(known);
      }
      return { at, record: records.find((record) => record.id === id), holding: held() };
    },
  };
}
