import { adoptTables } from '../database/adopt.js';
import { Failure } from '../errors.js';
import type { Cluster } from '../operations/cluster.js';
import { identify } from '../operations/identity.js';

export interface Adoption {
  readonly place: string;
  /** What is not as octo-ha's tables have it, in words; empty where there is nothing to adopt. */
  readonly differs: readonly string[];
}

/** What stands between octo-ha's tables and this cluster. */
export async function plannedAdoption(cluster: Cluster, signal: AbortSignal): Promise<Adoption> {
  const { foreign, database, ownTables } = await cluster.database.catalogue(signal);
  const { place } = cluster.ownTables;
  if (foreign !== undefined) return { place, differs: [`the database is ${database} and was ${foreign}`] };
  if (!ownTables.has('cluster')) {
    throw new Failure('usage', `there are no tables of octo-ha in ${place} to adopt`, {
      hint: 'Create them with: octo-ha database migrate',
    });
  }
  return { place, differs: (await identify(cluster, signal)).differs };
}

/** Gives octo-ha's tables to this cluster. */
export async function adoptCluster(cluster: Cluster, how: 'moved' | 'clone', signal: AbortSignal): Promise<void> {
  const { identity } = await identify(cluster, signal);
  await using session = await cluster.ownTables.open(signal);
  await adoptTables(session, cluster.dialect, identity, how, signal);
}
