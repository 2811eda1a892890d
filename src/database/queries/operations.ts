import { sql } from 'kysely';
import * as z from 'zod/mini';
import type { Operation, OperationState } from '../../cluster/operation.js';
import { instant } from '../columns.js';
import type { Builder, Effect, Question } from '../database.js';
import { db } from '../own-tables-builder.js';

const json = z.pipe(
  z.string(),
  z.transform((text) => JSON.parse(text) as unknown),
);

const row = z.object({
  id: z.string(),
  kind: z.string(),
  state: z.enum(['running', 'waiting', 'interrupted', 'done', 'failed', 'aborted']),
  nodes: z.pipe(json, z.array(z.string())),
  request: z.pipe(json, z.record(z.string(), z.unknown())),
  who: z.string(),
  host: z.string(),
  reason: z.nullable(z.string()),
  change_id: z.nullable(z.string()),
  channel: z.string(),
  started: instant,
  ended: z.nullable(instant),
  outcome: z.nullable(z.pipe(json, z.record(z.string(), z.unknown()))),
  held_by: z.nullable(z.string()),
});

const answer: Question<readonly Operation[]>['answer'] = (rows) =>
  rows.map((raw) => {
    const { change_id: changeId, held_by: holder, ...rest } = row.parse(raw);
    const isCrashed = rest.state === 'running' && holder === null;
    return { ...rest, state: isCrashed ? 'interrupted' : rest.state, isCrashed, changeId };
  });

/** Each beside the holder of the lease, where that is alive and was taken for it. */
const withHolder = (builder: Builder) =>
  db(builder)
    .selectFrom('octo_ha.operation as o')
    .leftJoin('octo_ha.lease as l', (join) =>
      join
        .onRef('l.operation_id', '=', 'o.id')
        .on('l.expires', '>', builder.dialect.now)
        .on('l.holder', '<>', sql.lit('')),
    )
    .selectAll('o')
    .select('l.holder as held_by');

/** Operations by time, newest first: those that have not ended, or all. Empty where octo-ha's tables are missing. */
export const operations = (which: 'unfinished' | 'all'): Question<readonly Operation[]> => ({
  ask(builder) {
    if (!builder.ownTables.has('operation')) return null;
    const all = withHolder(builder).orderBy('o.started', 'desc').orderBy('o.id', 'desc');
    return which === 'all' ? all : all.where('o.state', 'in', ['running', 'waiting', 'interrupted']);
  },
  answer,
});

export const operationById = (id: string): Question<Operation | undefined> => ({
  ask: (builder) => (builder.ownTables.has('operation') ? withHolder(builder).where('o.id', '=', id) : null),
  answer: (rows) => answer(rows)[0],
});

export const beginOperation = (
  operation: Omit<Operation, 'state' | 'isCrashed' | 'started' | 'ended' | 'outcome'>,
): Effect => ({
  rows: 1,
  statement: (builder) =>
    db(builder)
      .insertInto('octo_ha.operation')
      .values({
        id: operation.id,
        kind: operation.kind,
        state: 'running',
        nodes: JSON.stringify(operation.nodes),
        request: JSON.stringify(operation.request),
        who: operation.who,
        host: operation.host,
        reason: operation.reason ?? sql`NULL`,
        change_id: operation.changeId ?? sql`NULL`,
        channel: operation.channel,
        started: builder.dialect.now,
      }),
});

/** Ends an operation that runs, and no other: `ended` is set unless it can still go on. */
export const endRunning = (id: string, state: OperationState, outcome: Readonly<Record<string, unknown>>): Effect => ({
  rows: 1,
  statement: (builder) => updateState(builder, id, state, outcome).where('state', '=', 'running'),
});

/** `ended` stays as it was unless the state is final. */
export const setOperationState = (
  id: string,
  state: OperationState,
  outcome?: Readonly<Record<string, unknown>>,
): Effect => ({
  rows: 1,
  statement: (builder) => updateState(builder, id, state, outcome),
});

function updateState(
  builder: Builder,
  id: string,
  state: OperationState,
  outcome: Readonly<Record<string, unknown>> | undefined,
) {
  const final = state === 'done' || state === 'failed' || state === 'aborted';
  return db(builder)
    .updateTable('octo_ha.operation')
    .set({
      state,
      ...(final ? { ended: builder.dialect.now } : {}),
      ...(outcome === undefined ? {} : { outcome: JSON.stringify(outcome) }),
    })
    .where('id', '=', id);
}
