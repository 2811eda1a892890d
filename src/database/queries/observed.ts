import * as z from 'zod/mini';
import { count, instant } from '../columns.js';
import type { Effect, Question } from '../database.js';
import { db } from '../own-tables-builder.js';

/** A node's flag and cap as octo-ha saw or left them last. */
export interface Observed {
  readonly nodeId: string;
  readonly draining: boolean;
  readonly taskCap: number;
  readonly at: Date;
}

const row = z.object({ node_id: z.string(), draining: count, task_cap: count, at: instant });

export const observedNodes: Question<readonly Observed[]> = {
  ask: (builder) =>
    builder.ownTables.has('observed')
      ? db(builder).selectFrom('octo_ha.observed').select(['node_id', 'draining', 'task_cap', 'at'])
      : null,
  answer: (rows) =>
    rows.map((raw) => {
      const { node_id: nodeId, draining, task_cap: taskCap, at } = row.parse(raw);
      return { nodeId, draining: draining === 1, taskCap, at };
    }),
};

interface Seen {
  readonly id: string;
  readonly name: string;
  readonly draining: boolean;
  readonly taskCap: number;
}

/** Replaces what was seen of these nodes, in two statements however many they are. */
export const keepObserved = (nodes: readonly Seen[]): readonly Effect[] =>
  nodes.length === 0
    ? []
    : [
        {
          rows: 'any',
          statement: (builder) =>
            db(builder)
              .deleteFrom('octo_ha.observed')
              .where(
                'node_id',
                'in',
                nodes.map(({ id }) => id),
              ),
        },
        {
          rows: nodes.length,
          statement: (builder) =>
            db(builder)
              .insertInto('octo_ha.observed')
              .values(
                nodes.map(({ id, name, draining, taskCap }) => ({
                  node_id: id,
                  node_name: name,
                  draining: draining ? 1 : 0,
                  task_cap: taskCap,
                  at: builder.dialect.now,
                })),
              ),
        },
      ];

/** What octo-ha itself changes is no change made outside. */
export const observeChange = (
  nodeId: string,
  change: { readonly draining: boolean } | { readonly taskCap: number },
): Effect => ({
  rows: 'any',
  statement: (builder) => {
    const table = db(builder).updateTable('octo_ha.observed').where('node_id', '=', nodeId);
    return 'draining' in change
      ? table.set({ draining: change.draining ? 1 : 0, at: builder.dialect.now })
      : table.set({ task_cap: change.taskCap, at: builder.dialect.now });
  },
});
