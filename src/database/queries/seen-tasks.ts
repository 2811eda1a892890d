import * as z from 'zod/mini';
import type { Effect, Question } from '../database.js';
import { db } from '../own-tables-builder.js';

const row = z.object({ task_id: z.string() });

/** Tasks that earlier runs of an operation have seen on a node, by Id: they are followed to their end. */
export const seenTasks = (operationId: string, nodeId: string): Question<readonly string[]> => ({
  ask: (builder) =>
    builder.ownTables.has('seen_task')
      ? db(builder)
          .selectFrom('octo_ha.seen_task')
          .select('task_id')
          .where('operation_id', '=', operationId)
          .where('node_id', '=', nodeId)
          .orderBy('task_id')
      : null,
  answer: (rows) => rows.map((raw) => row.parse(raw).task_id),
});

/** Keeps that a task was seen; a second time changes nothing. */
export const keepSeenTask = (
  operationId: string,
  nodeId: string,
  task: { readonly id: string; readonly state: string },
): Effect => ({
  rows: 'any',
  statement: (builder) =>
    db(builder)
      .insertInto('octo_ha.seen_task')
      .columns(['operation_id', 'task_id', 'node_id', 'state'])
      .expression(
        db(builder)
          .selectNoFrom((eb) => [
            eb.val(operationId).as('operation_id'),
            eb.val(task.id).as('task_id'),
            eb.val(nodeId).as('node_id'),
            eb.val(task.state).as('state'),
          ])
          .where(({ not, exists, selectFrom }) =>
            not(
              exists(
                selectFrom('octo_ha.seen_task as s')
                  .select('s.task_id')
                  .where('s.operation_id', '=', operationId)
                  .where('s.task_id', '=', task.id),
              ),
            ),
          ),
      ),
});
