import * as z from 'zod/mini';
import { instant } from '../columns.js';
import type { Effect, Question } from '../database.js';
import { db } from '../own-tables-builder.js';

/** The Octopus database that octo-ha's tables were made for. */
export interface ClusterPin {
  readonly database: string;
  readonly server: string;
  readonly pinned: Date;
}

const row = z.object({ database_name: z.string(), server_name: z.string(), pinned: instant });

/** `null` where octo-ha's tables are missing. */
export const clusterPin: Question<ClusterPin | null> = {
  ask: (builder) =>
    builder.ownTables.has('cluster')
      ? db(builder).selectFrom('octo_ha.cluster').select(['database_name', 'server_name', 'pinned'])
      : null,
  answer([first]) {
    if (first === undefined) return null;
    const { database_name, server_name, pinned } = row.parse(first);
    return { database: database_name, server: server_name, pinned };
  },
};

export const pinCluster = ({ database, server }: Omit<ClusterPin, 'pinned'>): Effect => ({
  rows: 'any',
  statement: (builder) =>
    db(builder)
      .updateTable('octo_ha.cluster')
      .set({ database_name: database, server_name: server, pinned: builder.dialect.now }),
});
