import * as z from 'zod/mini';
import type { Effect, Question } from '../database.js';
import { db } from '../own-tables-builder.js';

/** The Octopus database that octo-ha's tables belong to. */
export interface ClusterPin {
  readonly database: string;
  readonly server: string;
}

const row = z.object({ database_name: z.string(), server_name: z.string() });

export const clusterPin: Question<ClusterPin | undefined> = {
  ask: (builder) =>
    builder.ownTables.has('cluster')
      ? db(builder).selectFrom('octo_ha.cluster').select(['database_name', 'server_name'])
      : null,
  answer([first]) {
    if (first === undefined) return undefined;
    const { database_name: database, server_name: server } = row.parse(first);
    return { database, server };
  },
};

export const pinCluster = ({ database, server }: ClusterPin): Effect => ({
  rows: 'any',
  statement: (builder) =>
    db(builder)
      .updateTable('octo_ha.cluster')
      .set({ database_name: database, server_name: server, pinned: builder.dialect.now }),
});
