import * as z from 'zod/mini';
import { Failure } from '../../errors.js';
import type { Cluster } from '../../operations/cluster.js';

/** The folders that Octopus' database names, for all nodes; or why they are not known. */
export type ServerFolders =
  | { readonly state: 'read'; readonly folders: ReadonlyMap<string, string> }
  | { readonly state: 'unknown'; readonly because: string };

const values = z.record(z.string(), z.unknown());

/** Logs stay on each node; these are the folders that nodes have to share. */
const shared = /^(Artifacts|Packages|TaskLogs|Imports|EventExports|Telemetry|ClusterShared)/i;

/** Asks the API, since the database keeps them where octo-ha does not read. */
export async function serverFolders(cluster: Cluster, signal: AbortSignal): Promise<ServerFolders> {
  const api = await cluster.api();
  if (api === undefined) return { state: 'unknown', because: 'no API key is configured' };
  try {
    const found = await api.get('/api/configuration/server-folders/values', values, signal);
    const folders = Object.entries(found).flatMap(([key, value]) =>
      typeof value === 'string' && value !== '' && shared.test(key) ? [[key, value] as const] : [],
    );
    return { state: 'read', folders: new Map(folders) };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof Failure)) throw error;
    return { state: 'unknown', because: error.message };
  }
}

/** Those that look like a folder of the machine itself. A link may lead elsewhere: only somebody who knows can say. */
export const localFolders = (folders: ReadonlyMap<string, string>): readonly string[] =>
  [...folders].filter(([, path]) => /^[a-z]:[\\/]/i.test(path)).map(([key, path]) => `${key}: ${path}`);

/** How a single server becomes one of a cluster. octo-ha does none of it: it moves data, and is an outage. */
export const migrationRunbook = (folders: readonly string[], share: string): string =>
  [
    'This is a single server whose data is in folders of its own machine:',
    ...folders.map((line) => `  ${line}`),
    'Other nodes would not see it. Moving it is an outage, and octo-ha does not do it for you:',
    '',
    '  before     copy the folders to the share while the server runs (robocopy SOURCE TARGET /mir /r:5, each of',
    '             TaskLogs, Artifacts, Packages, Imports, EventExports, Telemetry)',
    '  1. save the master key:         Octopus.Server show-master-key',
    '  2. turn maintenance mode on:    Configuration > Maintenance',
    '  3. stop the service:            Octopus.Server service --stop',
    '  4. back the database up',
    '  5. copy the folders once more, which is quick now (robocopy: exit codes below 8 are good)',
    `  6. name the new place, once:    Octopus.Server path --clusterShared ${share}`,
    '     and what was set before:     Octopus.Server path --artifacts Artifacts --taskLogs TaskLogs',
    '                                    --nugetRepository Packages --imports Imports',
    '                                    --eventExports EventExports --telemetry Telemetry',
    '  7. start the service:           Octopus.Server service --start',
    '  8. look at an old task log in the portal: it is there when the share is right',
    '  9. turn maintenance mode off, and run octo-ha init again',
    '',
    'https://octopus.com/docs/administration/high-availability/migrate',
    'If the folders are links to the share already, say so with: --folders-shared',
  ].join('\n');
