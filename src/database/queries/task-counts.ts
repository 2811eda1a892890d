import { sql } from 'kysely';
import * as z from 'zod/mini';
import { bit, column, columnOrNull, count, instant } from '../columns.js';
import type { Question } from '../database.js';
import { unfinished } from './unfinished.js';

/** Unfinished tasks that are alike. */
export interface TaskCount {
  /** The node's Id or name; `null` while no node has taken them. */
  readonly node: string | null;
  readonly state: string;
  readonly started: boolean;
  readonly waitsForHuman: boolean;
  /** Their time has not come. */
  readonly scheduled: boolean;
  readonly tasks: number;
  readonly oldestQueuedAt: Date;
}

const row = z.object({
  node: z.nullable(z.string()),
  state: z.string(),
  started: bit,
  waits_for_human: bit,
  scheduled: bit,
  tasks: count,
  oldest: instant,
});

/** How many tasks wait and run where. One row for each kind, however long the queue is. */
export const taskCounts: Question<readonly TaskCount[]> = {
  ask: ({ shape: { tasks }, dialect }) => sql`
    SELECT x.node, x.state, x.started, x.waits_for_human, x.scheduled, COUNT(*) AS tasks, MIN(x.queued_at) AS oldest
    FROM (
      SELECT ${column('t', tasks.node)} AS node, ${column('t', tasks.state)} AS state, ${column('t', tasks.queuedAt)} AS queued_at,
        CASE WHEN ${column('t', tasks.startedAt)} IS NULL THEN 0 ELSE 1 END AS started,
        CASE WHEN ${columnOrNull('t', tasks.waitsForHuman)} = 1 THEN 1 ELSE 0 END AS waits_for_human,
        CASE WHEN ${column('t', tasks.queuedAt)} > ${dialect.now} THEN 1 ELSE 0 END AS scheduled
      FROM dbo.ServerTask AS t
      WHERE ${unfinished(column('t', tasks.state))}
    ) AS x
    GROUP BY x.node, x.state, x.started, x.waits_for_human, x.scheduled`,
  answer: (rows) =>
    rows.map((raw) => {
      const { waits_for_human: waitsForHuman, oldest: oldestQueuedAt, ...rest } = row.parse(raw);
      return { ...rest, waitsForHuman, oldestQueuedAt };
    }),
};
