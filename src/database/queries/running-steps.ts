import * as z from 'zod/mini';
import type { Step } from '../../cluster/operation.js';
import type { Question } from '../database.js';
import { db } from '../own-tables-builder.js';
import { stepOf } from './steps.js';

const owner = z.object({ operation_id: z.string() });

/** The journals of the operations that run, each in order, by operation. */
export const runningSteps: Question<ReadonlyMap<string, readonly Step[]>> = {
  ask(builder) {
    if (!builder.ownTables.has('step')) return null;
    const running = db(builder).selectFrom('octo_ha.operation').select('id').where('state', '=', 'running');
    return db(builder).selectFrom('octo_ha.step').selectAll().where('operation_id', 'in', running).orderBy('number');
  },
  answer(rows) {
    const found = new Map<string, Step[]>();
    for (const raw of rows) {
      const { operation_id: id } = owner.parse(raw);
      found.set(id, [...(found.get(id) ?? []), stepOf(raw)]);
    }
    return found;
  },
};
