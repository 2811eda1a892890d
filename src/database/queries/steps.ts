import { sql } from 'kysely';
import * as z from 'zod/mini';
import type { Step } from '../../cluster/operation.js';
import type { Row } from '../../ports/database.js';
import { count, instant } from '../columns.js';
import type { Effect, Question } from '../database.js';
import { db } from '../own-tables-builder.js';

const row = z.object({
  number: count,
  node_id: z.string(),
  action: z.string(),
  intended: instant,
  ended: z.nullable(instant),
  result: z.nullable(z.enum(['done', 'failed'])),
  detail: z.nullable(z.string()),
});

export function stepOf(raw: Row): Step {
  const { node_id: nodeId, ...rest } = row.parse(raw);
  return { ...rest, nodeId };
}

/** The journal of one operation, in order. */
export const steps = (operationId: string): Question<readonly Step[]> => ({
  ask: (builder) =>
    builder.ownTables.has('step')
      ? db(builder).selectFrom('octo_ha.step').selectAll().where('operation_id', '=', operationId).orderBy('number')
      : null,
  answer: (rows) => rows.map(stepOf),
});

export const intendStep = (operationId: string, step: Pick<Step, 'number' | 'nodeId' | 'action'>): Effect => ({
  rows: 1,
  statement: (builder) =>
    db(builder).insertInto('octo_ha.step').values({
      operation_id: operationId,
      number: step.number,
      node_id: step.nodeId,
      action: step.action,
      intended: builder.dialect.now,
    }),
});

export const endStep = (operationId: string, number: number, result: 'done' | 'failed', detail?: string): Effect => ({
  rows: 1,
  statement: (builder) =>
    db(builder)
      .updateTable('octo_ha.step')
      .set({ ended: builder.dialect.now, result, detail: detail ?? sql`NULL` })
      .where('operation_id', '=', operationId)
      .where('number', '=', number)
      .where('result', 'is', null),
});
