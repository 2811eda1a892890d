import { sql } from 'kysely';
import { settingNames } from '../cluster/setting-names.js';
import { clusterDatabase } from '../database/database.js';
import { migrate } from '../database/migrate.js';
import { keepMachineAddress } from '../database/queries/machine-addresses.js';
import { haproxy } from '../load-balancer/haproxy.js';
import { timingSettings } from '../operations/timing.js';
import type { LabHost } from './host.js';
import { labHealthCheck, labTiming } from './intervals.js';
import { machineAddress } from './machines.js';
import { nodesOf } from './nodes.js';
import type { Change, OctopusDatabase } from './octopus-database.js';
import { octopusTables } from './octopus-tables.js';
import { type LabRecord, nodeId, nodeUrl, simulatedVersion } from './record.js';
import { toldByOctopus } from './told-by-octopus.js';

/** Makes whatever is missing: Octopus' tables, octo-ha's, the lab's intervals, and where each node and its machine are. */
export async function prepareDatabase(
  host: LabHost,
  octopus: OctopusDatabase,
  record: LabRecord,
  signal: AbortSignal,
): Promise<void> {
  const { session, dialect } = octopus;
  const [columns = []] = await octopus.read([dialect.columns], signal);
  if (!columns.some((row) => row['table_name'] === 'ServerTask')) {
    await octopus.define(
      octopusTables(dialect, { version: simulatedVersion, installationId: record.installationId }),
      signal,
    );
    await octopus.change([any(checkedLastNight(dialect))], signal);
  }
  const { server, database } = await clusterDatabase(session, dialect, { own: '' }).catalogue(signal);
  await migrate(session, dialect, { server, database }, signal);
  const { outAfter, inAfter } = haproxy.timing(labHealthCheck);
  const kept = new Map([
    ...timingSettings(labTiming),
    [settingNames.balancerOutAfter, String(outAfter)] as const,
    [settingNames.balancerInAfter, String(inAfter)] as const,
    [settingNames.leaseTerm, '3000'] as const,
    [settingNames.leaseRenewEvery, '1000'] as const,
    // Nobody else's database is written to.
    [settingNames.sqlConsent, JSON.stringify({ who: 'lab up' })] as const,
    ...(record.balancer === null ? [] : [[settingNames.portal, `http://127.0.0.1:${record.balancer.port}`] as const]),
  ]);
  // One that was taken out of the cluster is not brought back.
  const nodes = (await nodesOf(host.home, record)).filter(({ starts }) => starts);
  await octopus.change(
    [
      ...Object.entries(toldByOctopus(host.home, record)).map(([id, told]) =>
        any(sql`
          INSERT INTO dbo.Configuration (Id, JSON) SELECT ${id}, ${JSON.stringify(told)}
          WHERE NOT EXISTS (SELECT 1 FROM dbo.Configuration WHERE Id = ${id})`),
      ),
      ...[...kept].flatMap(([name, value]) => [
        any(sql`DELETE FROM octo_ha.setting WHERE name = ${name}`),
        any(sql`INSERT INTO octo_ha.setting (name, value) VALUES (${name}, ${value})`),
      ]),
      ...nodes.flatMap(({ name, machine }) => [
        any(sql`DELETE FROM octo_ha.node WHERE node_id = ${nodeId(name)}`),
        any(sql`INSERT INTO octo_ha.node (node_id, url) VALUES (${nodeId(name)}, ${nodeUrl(machine)})`),
      ]),
    ],
    signal,
  );
  const addresses = nodes.map(async ({ name, machine, instance }) =>
    keepMachineAddress(nodeId(name), await machineAddress(host, machine, instance)),
  );
  await clusterDatabase(session, dialect, { own: '' }).change((await Promise.all(addresses)).flat(), signal);
}

/** As on an installation that has been there for a day: Octopus checks its own integrity every night. */
const checkedLastNight = ({ now }: OctopusDatabase['dialect']): Change['query'] => sql`
  INSERT INTO dbo.ServerTask
    (Id, Name, Description, QueueTime, StartTime, CompletedTime, State, HasPendingInterruptions, HasWarningsOrErrors, JSON)
  VALUES ('ServerTasks-0', 'SystemIntegrityCheck', 'Check System Integrity', ${now}, ${now}, ${now}, 'Success', ${false}, ${false}, '{}')`;

const any = (query: Change['query']): Change => ({ query, expects: 'any' });
