/** Whether every node's logs arrive in the shared folder, seen without any access to a machine. */
import { taskOwner } from '../../cluster/task-owner.js';
import type { Database } from '../../database/database.js';
import { newestFinishedTasks } from '../../database/queries/newest-finished-tasks.js';
import { nodeRecords } from '../../database/queries/nodes.js';
import type { Share } from '../../ports/share.js';
import { type ClusterCheck, fail, pass, skip, unknown, type Verdict } from '../check.js';
import { notNamed, visitWithin } from './kinds.js';

export interface TaskLogs {
  /** By node, those of its newest finished tasks: bytes, `null` where there is no file. */
  readonly nodes: readonly {
    readonly name: string;
    readonly logs: readonly { readonly task: string; readonly size: number | null }[];
  }[];
  /** Where no log was found at all: whether there is any file. */
  readonly isEmpty: boolean;
}

const folder = 'TaskLogs';

/** The logs of this many tasks of each node are looked for; one that is there will do. */
const ofEachNode = 3;

export async function lookForTaskLogs(database: Database, share: Share, signal: AbortSignal): Promise<TaskLogs> {
  const [records, tasks] = await database.ask([nodeRecords, newestFinishedTasks(ofEachNode)], signal);
  const nodes: { name: string; logs: { task: string; size: number | null }[] }[] = [];
  for (const { id, name } of records) {
    const logs: { task: string; size: number | null }[] = [];
    for (const task of tasks.filter(({ node }) => taskOwner(node, records)?.id === id)) {
      logs.push({ task: task.id, size: await sizeOfLog(share, task.id, signal) });
    }
    nodes.push({ name, logs });
  }
  const found = nodes.some(({ logs }) => logs.some(({ size }) => size !== null));
  return { nodes, isEmpty: !found && (await share.list(folder, '', signal)).length === 0 };
}

/** A log is called `servertasks-123_4f9x.txt`, its end chosen by Octopus; in the lab `ServerTasks-123.txt`. */
async function sizeOfLog(share: Share, task: string, signal: AbortSignal): Promise<number | null> {
  // It comes from the database, and names a file here.
  if (!/^[A-Za-z]+-\d{1,18}$/.test(task)) return null;
  for (const beginning of [`${task}_`, `${task}.`]) {
    const files = (await share.list(folder, beginning, signal)).filter(({ kind }) => kind === 'file');
    if (files.length > 0) return Math.max(...files.map(({ size }) => size));
  }
  return null;
}

export const taskLogs: ClusterCheck & { judge(logs: TaskLogs): Verdict } = {
  kind: 'cluster',
  id: 'storage/task-logs',
  title: 'the logs of every node arrive in the shared folder',
  why: 'Octopus says nothing when a node keeps its logs for itself: they are then missing in the web portal.',
  cure: {
    text: 'Compare the folders that Octopus is set to with this one, and what each node sees there.',
    commands: ['Octopus.Server path --instance INSTANCE --clusterShared \\\\SERVER\\SHARE'],
  },
  needs: ['database/reachable', 'storage/listed'],
  deadline: visitWithin,
  async run(world, signal) {
    const logs = await world.taskLogs(signal);
    return logs === undefined ? skip(notNamed) : this.judge(logs);
  },
  judge: judgeTaskLogs,
};

function judgeTaskLogs({ nodes, isEmpty }: TaskLogs): Verdict {
  const worked = nodes.filter(({ logs }) => logs.length > 0);
  if (worked.length === 0) return skip('no node has finished a task in the last days');
  const without = worked.filter(({ logs }) => !logs.some(({ size }) => size !== null && size > 0));
  const evidence = { nodes: worked.map(({ name }) => name), without: without.map(({ name }) => name) };
  if (without.length === 0) return pass(evidence);
  const details = without.map(({ name, logs }) => `${name} (${logs.map(({ task }) => task).join(', ')})`).join('; ');
  if (without.length < worked.length) {
    return fail(`no logs of the newest tasks of ${details}: kept elsewhere, or empty`, { evidence });
  }
  if (isEmpty) return fail(`${folder} is empty, although tasks have finished: ${details}`, { evidence });
  return unknown(
    `${folder} has no log of the newest tasks of any node: another folder, or names that octo-ha does not know`,
    evidence,
  );
}
