import { sql } from 'kysely';
import * as z from 'zod/mini';
import type { Hold } from '../../cluster/node.js';
import { instant } from '../columns.js';
import type { Effect, Question } from '../database.js';
import { db } from '../own-tables-builder.js';

const row = z.object({
  node_id: z.string(),
  who: z.string(),
  why: z.string(),
  since: instant,
  until: z.nullable(instant),
});

/** Holds by the node's Id. Empty where octo-ha's tables are missing. */
export const holds: Question<ReadonlyMap<string, Hold>> = {
  ask: (builder) =>
    builder.ownTables.has('hold')
      ? db(builder).selectFrom('octo_ha.hold').select(['node_id', 'who', 'why', 'since', 'until'])
      : null,
  answer: (rows) =>
    new Map(
      rows.map((raw) => {
        const { node_id, ...hold } = row.parse(raw);
        return [node_id, hold];
      }),
    ),
};

/** Two statements: what held the node before is replaced. `expect` is how long it should last, in milliseconds. */
export const putHold = (
  nodeId: string,
  { who, why, expect, operationId }: { who: string; why: string; expect: number | undefined; operationId: string },
): readonly Effect[] => [
  endHold(nodeId),
  {
    rows: 1,
    statement: (builder) =>
      db(builder)
        .insertInto('octo_ha.hold')
        .values({
          node_id: nodeId,
          who,
          why,
          since: builder.dialect.now,
          until: expect === undefined ? sql`NULL` : builder.dialect.later(expect),
          operation_id: operationId,
        }),
  },
];

export const endHold = (nodeId: string): Effect => ({
  rows: 'any',
  statement: (builder) => db(builder).deleteFrom('octo_ha.hold').where('node_id', '=', nodeId),
});
