import { type RawBuilder, sql } from 'kysely';
import * as z from 'zod/mini';
import type { Task } from '../../cluster/task.js';
import { bit, column, columnOrNull, instant } from '../columns.js';
import type { Question } from '../database.js';
import type { Shape } from '../shape.js';
import { unfinished } from './unfinished.js';

const row = z.object({
  id: z.string(),
  name: z.string(),
  description: z.nullable(z.string()),
  state: z.string(),
  queued_at: instant,
  started_at: z.nullable(instant),
  completed_at: z.nullable(instant),
  node: z.nullable(z.string()),
  waits_for_human: bit,
});

/** Tasks that have not ended, oldest first: those of every node, or those that some node has taken. */
export const unfinishedTasks = (which: 'all' | 'taken'): Question<readonly Task[]> => ({
  ask: ({ shape: { tasks } }) => {
    const taken = which === 'taken' ? sql` AND ${column('t', tasks.node)} IS NOT NULL` : sql``;
    return select(tasks, sql`${unfinished(column('t', tasks.state))}${taken}`);
  },
  answer,
});

/** The tasks with these Ids, in whatever state they are; an empty list asks nothing. */
export const tasksById = (ids: readonly string[]): Question<readonly Task[]> => ({
  ask: ({ shape: { tasks } }) =>
    ids.length === 0 ? null : select(tasks, sql`${column('t', tasks.id)} IN (${sql.join([...ids])})`),
  answer,
});

const select = (tasks: Shape['tasks'], where: RawBuilder<unknown>) => sql`
  SELECT ${column('t', tasks.id)} AS id, ${column('t', tasks.name)} AS name, ${column('t', tasks.description)} AS description,
    ${column('t', tasks.state)} AS state, ${column('t', tasks.queuedAt)} AS queued_at, ${column('t', tasks.startedAt)} AS started_at,
    ${columnOrNull('t', tasks.completedAt)} AS completed_at, ${column('t', tasks.node)} AS node,
    CASE WHEN ${columnOrNull('t', tasks.waitsForHuman)} = 1 THEN 1 ELSE 0 END AS waits_for_human
  FROM dbo.ServerTask AS t
  WHERE ${where}
  ORDER BY ${column('t', tasks.queuedAt)}, ${column('t', tasks.id)}`;

const answer: Question<readonly Task[]>['answer'] = (rows) =>
  rows.map((raw) => {
    const task = row.parse(raw);
    return {
      id: task.id,
      name: task.name,
      description: task.description ?? '',
      state: task.state,
      queuedAt: task.queued_at,
      startedAt: task.started_at,
      completedAt: task.completed_at,
      node: task.node,
      waitsForHuman: task.waits_for_human,
    };
  });
