import { keepSetting, settings } from '../../database/queries/settings.js';
import { Failure } from '../../errors.js';
import { channelOf } from '../../operations/channel.js';
import type { Cluster } from '../../operations/cluster.js';
import { isSqlConsented, keepSqlConsent } from '../../operations/sql-consent.js';
import type { SetupStep } from '../steps.js';

/** Keeps settings with the cluster. */
export const keepSettings = (cluster: Cluster, does: string, wanted: Readonly<Record<string, string>>): SetupStep => ({
  does,
  async isDone(signal) {
    const [kept] = await cluster.database.ask([settings], signal);
    return Object.entries(wanted).every(([name, value]) => kept.get(name) === value);
  },
  async run(signal) {
    const effects = Object.entries(wanted).flatMap(([name, value]) => keepSetting(name, value));
    const { applied } = await cluster.database.change(effects, signal);
    if (!applied) throw new Failure('partial', `could not ${does}: somebody else changed it at this moment`);
  },
});

/** Keeps that the administrator consents to changes through Octopus' own database. */
export const consentToSql = (cluster: Cluster, who: string): SetupStep => ({
  does: "keep your consent that octo-ha writes these things to Octopus' database",
  async isDone(signal) {
    if ((await channelOf(cluster)).name !== 'database') return true;
    const [kept] = await cluster.database.ask([settings], signal);
    return isSqlConsented(kept);
  },
  async run(signal) {
    await cluster.database.change(keepSqlConsent(who, new Date(cluster.clock.now())), signal);
  },
});
