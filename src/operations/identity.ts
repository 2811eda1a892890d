import { settingNames } from '../cluster/setting-names.js';
import type { Effect } from '../database/database.js';
import { clusterPin, pinCluster } from '../database/queries/cluster-pin.js';
import { installationId } from '../database/queries/installation-id.js';
import { keepSetting, settings } from '../database/queries/settings.js';
import { Failure } from '../errors.js';
import type { Cluster } from './cluster.js';

export interface ClusterIdentity {
  readonly database: string;
  readonly server: string;
  /** `undefined` where the database does not tell, or the login may not read it. */
  readonly installationId: string | undefined;
}

/** Which cluster this is, and what differs from the one that octo-ha's tables belong to, in words. */
export async function identify(
  cluster: Cluster,
  signal: AbortSignal,
): Promise<{ readonly identity: ClusterIdentity; readonly differs: readonly string[]; readonly isPinned: boolean }> {
  const { database, server, mayFailOver } = await cluster.database.catalogue(signal);
  const [pin, kept] = await cluster.database.ask([clusterPin, settings], signal);
  const id = await readInstallationId(cluster, signal);
  const pinnedId = kept.get(settingNames.installationId);
  const same = (one: string, other: string) => one.toLowerCase() === other.toLowerCase();
  const differs = [
    ...(pin && !same(pin.database, database) ? [`the database is ${database} and was ${pin.database}`] : []),
    ...(pin && !mayFailOver && !same(pin.server, server) ? [`the server is ${server} and was ${pin.server}`] : []),
    ...(id !== undefined && pinnedId !== undefined && !same(id, pinnedId) ? ['the installation is another one'] : []),
  ];
  return { identity: { database, server, installationId: id }, differs, isPinned: pinnedId !== undefined };
}

/** The right to read this row is not among those that octo-ha needs. */
async function readInstallationId({ database }: Cluster, signal: AbortSignal): Promise<string | undefined> {
  try {
    const [id] = await database.ask([installationId], signal);
    return id;
  } catch (error) {
    const isRefused = error instanceof Failure && (error.kind === 'failed' || error.details?.['lastsUntilMended']);
    if (isRefused) return undefined;
    throw error;
  }
}

/** Pins the tables to this cluster. */
export const pinIdentity = ({ database, server, installationId: id }: ClusterIdentity): readonly Effect[] => [
  pinCluster({ database, server }),
  ...(id === undefined ? [] : keepSetting(settingNames.installationId, id)),
];

/** After a restore or a clone nobody but a person knows which of the two clusters is meant. */
export const notTheSame = (differs: readonly string[]): Failure =>
  new Failure('refused', `octo-ha's tables were made for another cluster: ${differs.join('; ')}`, {
    hint:
      'This cluster itself, moved or restored:  octo-ha database adopt --moved\n' +
      'A copy of another one:                   octo-ha database adopt --clone',
  });
