import { newestSchema } from '../database/migrations/index.js';
import { databaseTime } from '../database/queries/clock.js';
import { nodeRecords } from '../database/queries/nodes.js';
import { schemaVersion } from '../database/queries/schema-version.js';
import type { Cluster } from '../operations/cluster.js';

/** What a real login found. */
export interface DatabaseReport {
  readonly engine: string;
  readonly server: string;
  readonly serverVersion: string;
  readonly database: string;
  readonly collation: string;
  readonly login: string;
  /** Fastest of three round trips, in milliseconds. */
  readonly roundTripMs: number;
  /** How far the database's clock is ahead of this machine's, in milliseconds. */
  readonly clockAheadMs: number;
  readonly nodes: number;
  readonly oddities: readonly string[];
  readonly ownTables: { readonly place: string; readonly version: number | null; readonly newest: number };
}

/** Logs in and asks what octo-ha needs to know. Changes nothing. */
export async function testDatabase(cluster: Cluster, signal: AbortSignal): Promise<DatabaseReport> {
  const { database, dialect, clock, ownTables } = cluster;
  const { server, serverVersion, database: name, collation, login, shape } = await database.catalogue(signal);
  const [nodes, version] = await database.ask([nodeRecords, schemaVersion], signal);
  let roundTripMs = Number.POSITIVE_INFINITY;
  let clockAheadMs = 0;
  for (let i = 0; i < 3; i++) {
    const before = clock.now();
    const [at] = await database.ask([databaseTime], signal);
    const took = clock.now() - before;
    if (took >= roundTripMs) continue;
    roundTripMs = took;
    clockAheadMs = Math.round(at.getTime() - (before + took / 2));
  }
  return {
    engine: dialect.engine,
    server,
    serverVersion,
    database: name,
    collation,
    login,
    roundTripMs,
    clockAheadMs,
    nodes: nodes.length,
    oddities: shape.oddities,
    ownTables: { place: ownTables.place, version: version?.number ?? null, newest: newestSchema },
  };
}
