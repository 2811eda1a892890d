import { formatDuration } from '../cluster/duration.js';
import type { Task } from '../cluster/task.js';
import type { Paint } from '../ports/terminal.js';
import { table } from './table.js';
import { visible } from './visible.js';

/** Unfinished tasks, one a row, with their age by the database's clock. */
export function tasksTable(tasks: readonly Task[], at: Date, nodeName: (node: string) => string, paint: Paint): string {
  const rows = tasks.map((task) => [
    task.id,
    task.waitsForHuman ? paint.yellow('waits for a human') : visible(task.state),
    task.node === null ? '-' : nodeName(task.node),
    age(task, at),
    shortened(task.description || task.name),
  ]);
  return table(['TASK', 'STATE', 'NODE', 'FOR', 'DESCRIPTION'], rows, paint.dim);
}

/** `ServerTasks-7 Deploy … (Executing, 3m)`, for a list of what holds a node. */
export const taskLine = (task: Task, at: Date): string =>
  `${task.id} ${shortened(task.description || task.name)} (${task.waitsForHuman ? 'waits for a human' : task.state}, ${age(task, at)})`;

const age = ({ startedAt, queuedAt }: Task, at: Date): string =>
  formatDuration(Math.max(0, at.getTime() - (startedAt ?? queuedAt).getTime()));

const shortened = (text: string): string => {
  const line = visible(text);
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
};
