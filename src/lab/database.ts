import { sql } from 'kysely';
import { clusterDatabase } from '../database/database.js';
import { migrate } from '../database/migrate.js';
import { haproxy } from '../load-balancer/haproxy.js';
import { timingSettings } from '../operations/timing.js';
import { labHealthCheck, labTiming } from './intervals.js';
import type { Change, OctopusDatabase } from './octopus-database.js';
import { octopusTables } from './octopus-tables.js';
import { type LabRecord, nodeId, nodeUrl, simulatedVersion } from './record.js';

/** Makes whatever is missing: Octopus' tables, octo-ha's, the lab's intervals, and where each node answers. */
export async function prepareDatabase(octopus: OctopusDatabase, record: LabRecord, signal: AbortSignal): Promise<void> {
  const { session, dialect } = octopus;
  const [columns = []] = await octopus.read([dialect.columns], signal);
  if (!columns.some((row) => row['table_name'] === 'ServerTask')) {
    await octopus.define(
      octopusTables(dialect, { version: simulatedVersion, installationId: record.installationId }),
      signal,
    );
  }
  const { server, database } = await clusterDatabase(session, dialect, { own: '' }).catalogue(signal);
  await migrate(session, dialect, { server, database }, signal);
  const { outAfter, inAfter } = haproxy.timing(labHealthCheck);
  const kept = new Map([
    ...timingSettings(labTiming),
    ['lb.outAfter', String(outAfter)] as const,
    ['lb.inAfter', String(inAfter)] as const,
    ['lease.term', '3000'] as const,
    ['lease.renewEvery', '1000'] as const,
    // Nobody else's database is written to.
    ['consent.sql', JSON.stringify({ who: 'lab up' })] as const,
  ]);
  await octopus.change(
    [
      ...[...kept].flatMap(([name, value]) => [
        any(sql`DELETE FROM octo_ha.setting WHERE name = ${name}`),
        any(sql`INSERT INTO octo_ha.setting (name, value) VALUES (${name}, ${value})`),
      ]),
      ...record.nodes.flatMap((node) => [
        any(sql`DELETE FROM octo_ha.node WHERE node_id = ${nodeId(node.name)}`),
        any(sql`INSERT INTO octo_ha.node (node_id, url) VALUES (${nodeId(node.name)}, ${nodeUrl(node)})`),
      ]),
    ],
    signal,
  );
}

const any = (query: Change['query']): Change => ({ query, expects: 'any' });
