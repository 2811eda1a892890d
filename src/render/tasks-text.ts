import type { Task } from '../cluster/task.js';
import type { Paint } from '../ports/terminal.js';
import { table } from './table.js';
import { age, moment } from './times.js';
import { visible } from './visible.js';

/** Unfinished tasks, one a row, with their age by the database's clock. */
export function tasksTable(tasks: readonly Task[], at: Date, nodeName: (node: string) => string, paint: Paint): string {
  const rows = tasks.map((task) => [
    task.id,
    task.waitsForHuman ? paint.yellow('waits for a human') : visible(task.state),
    task.node === null ? '-' : nodeName(task.node),
    paint.absoluteTimes ? moment(begun(task)) : age(begun(task), at),
    visible(task.description || task.name),
  ]);
  return table(['TASK', 'STATE', 'NODE', paint.absoluteTimes ? 'SINCE' : 'FOR', 'DESCRIPTION'], rows, paint);
}

/** `ServerTasks-7 Deploy … (Executing, 3m)`, for a list of what holds a node. */
export const taskLine = (task: Task, at: Date): string =>
  `${task.id} ${shortened(task.description || task.name)} (${task.waitsForHuman ? 'waits for a human' : task.state}, ${age(begun(task), at)})`;

const begun = ({ startedAt, queuedAt }: Task): Date => startedAt ?? queuedAt;

const shortened = (text: string): string => {
  const line = visible(text);
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
};
