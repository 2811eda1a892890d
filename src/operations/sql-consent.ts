import { settingNames } from '../cluster/setting-names.js';
import type { Effect } from '../database/database.js';
import { keepSetting, settings } from '../database/queries/settings.js';
import { Failure } from '../errors.js';
import { channelOf } from './channel.js';
import type { Cluster } from './cluster.js';

/** What an administrator consents to, once for a cluster. */
export const sqlConsentText = [
  "octo-ha changes nodes through Octopus' own database, which Octopus does not",
  'document: the drain flag and the task cap of one node at a time, and the rows of',
  'a node that is decommissioned. Nothing else of it is ever written. With an API',
  'key (api in the context file, prefer: true) it goes through the REST API instead.',
].join('\n');

export const isSqlConsented = (kept: ReadonlyMap<string, string>): boolean => kept.has(settingNames.sqlConsent);

/** Nobody has consented yet, and changes would go through the database. */
export async function needsSqlConsent(cluster: Cluster, signal: AbortSignal): Promise<boolean> {
  if ((await channelOf(cluster)).name !== 'database') return false;
  const { ownTables } = await cluster.database.catalogue(signal);
  // Without tables there is nowhere to keep it, and no change either.
  if (!ownTables.has('setting')) return false;
  const [kept] = await cluster.database.ask([settings], signal);
  return !isSqlConsented(kept);
}

export const keepSqlConsent = (who: string, at: Date): readonly Effect[] =>
  keepSetting(settingNames.sqlConsent, JSON.stringify({ who, at: at.toISOString() }));

export const notConsented = (): Failure =>
  new Failure('refused', 'nobody has consented yet that octo-ha writes to the database of Octopus Server', {
    hint: 'Run the command again, and consent once for this cluster (--yes consents).',
  });
