import * as z from 'zod/mini';
import type { Row } from '../../ports/database.js';
import { count } from '../columns.js';
import type { Builder, Question } from '../database.js';
import { db } from '../own-tables-builder.js';

/** Something that was done to a node by an operation, of whatever kind. */
export interface PastStep {
  readonly operationId: string;
  readonly kind: string;
  readonly number: number;
  readonly action: string;
  /** JSON of what came of it. */
  readonly detail: string | null;
}

const row = z.object({
  node_id: z.string(),
  operation_id: z.string(),
  kind: z.string(),
  number: count,
  action: z.string(),
  detail: z.nullable(z.string()),
});

const history = (builder: Builder) =>
  db(builder)
    .selectFrom('octo_ha.step as s')
    .innerJoin('octo_ha.operation as o', 'o.id', 's.operation_id')
    .select(['s.node_id', 's.operation_id', 'o.kind', 's.number', 's.action', 's.detail'])
    // What was to keep its service from starting may be half done where it failed, or where nobody knows.
    .where(({ or, eb }) => or([eb('s.result', '=', 'done'), eb('s.action', '=', 'keep-from-starting')]))
    .where('s.action', 'in', [
      ...['drain', 'undrain', 'read-start-type', 'keep-from-starting', 'restore-start-type'],
      ...['suspend-watchdog', 'restore-watchdog', 'stop-service', 'start-service'],
      ...['create-instance', 'delete-node'],
    ])
    .orderBy('o.started')
    .orderBy('s.operation_id')
    .orderBy('s.number');

function toStep(raw: Row): readonly [nodeId: string, step: PastStep] {
  const { node_id, operation_id: operationId, ...step } = row.parse(raw);
  return [node_id, { operationId, ...step }];
}

/** What was done to a node, oldest first; only as much of it as can matter. */
export const nodeHistory = (nodeId: string): Question<readonly PastStep[]> => ({
  ask: (builder) => (builder.ownTables.has('step') ? history(builder).where('s.node_id', '=', nodeId) : null),
  answer: (rows) => rows.map((raw) => toStep(raw)[1]),
});

/** The same of every node, by its Id. */
export const nodeHistories: Question<ReadonlyMap<string, readonly PastStep[]>> = {
  ask: (builder) => (builder.ownTables.has('step') ? history(builder) : null),
  answer(rows) {
    const histories = new Map<string, PastStep[]>();
    for (const [nodeId, step] of rows.map(toStep)) histories.set(nodeId, [...(histories.get(nodeId) ?? []), step]);
    return histories;
  },
};
