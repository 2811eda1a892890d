import { sql } from 'kysely';
import * as z from 'zod/mini';
import { column } from '../columns.js';
import type { Question } from '../database.js';

export interface FinishedTask {
  readonly id: string;
  /** The node's Id or name as the task holds it. */
  readonly node: string;
}

const row = z.object({ id: z.string(), node: z.string() });

/** Milliseconds; in whole minutes. */
const lately = 3 * 24 * 60 * 60_000;

/**
 * The newest tasks that a node has brought to an end by itself, so many of each node, newest first. Only of the last
 * days: within a state the queue's index is in order of time, and the history is millions of rows.
 */
export const newestFinishedTasks = (ofEach: number): Question<readonly FinishedTask[]> => ({
  ask: ({ shape: { tasks }, dialect }) => sql`
    SELECT x.id, x.node
    FROM (
      SELECT ${column('t', tasks.id)} AS id, ${column('t', tasks.node)} AS node, ${column('t', tasks.queuedAt)} AS queued_at,
        ROW_NUMBER() OVER (PARTITION BY ${column('t', tasks.node)} ORDER BY ${column('t', tasks.queuedAt)} DESC) AS newness
      FROM dbo.ServerTask AS t
      WHERE ${column('t', tasks.state)} IN ('Success', 'Failed') AND ${column('t', tasks.queuedAt)} > ${dialect.later(-lately)}
        AND ${column('t', tasks.node)} IS NOT NULL
    ) AS x
    WHERE x.newness <= ${sql.lit(ofEach)}
    ORDER BY x.node, x.queued_at DESC`,
  answer: (rows) => rows.map((raw) => row.parse(raw)),
});
