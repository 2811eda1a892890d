import * as z from 'zod/mini';
import type { PastOperation } from '../../cluster/estimate.js';
import { instant } from '../columns.js';
import type { Question } from '../database.js';
import { db } from '../own-tables-builder.js';

const row = z.object({ kind: z.string(), nodes: z.string(), started: instant, ended: instant });

/** Operations that were done, and began in the last so many milliseconds by the database's clock. */
export const pastOperations = (within: number): Question<readonly PastOperation[]> => ({
  ask: (builder) =>
    builder.ownTables.has('operation')
      ? db(builder)
          .selectFrom('octo_ha.operation')
          .select(['kind', 'nodes', 'started', 'ended'])
          .where('state', '=', 'done')
          .where('ended', 'is not', null)
          .where('started', '>', builder.dialect.later(-within))
      : null,
  answer: (rows) =>
    rows.map((raw) => {
      const { nodes, ...rest } = row.parse(raw);
      return { ...rest, nodes: z.array(z.string()).parse(JSON.parse(nodes)) };
    }),
});
