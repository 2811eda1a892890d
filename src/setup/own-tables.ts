import { migrate, schemaNumber } from '../database/migrate.js';
import { migrations } from '../database/migrations/index.js';
import { schemaVersion } from '../database/queries/schema-version.js';
import { Failure } from '../errors.js';
import type { Cluster } from '../operations/cluster.js';
import { foreignTables } from '../operations/journal/not-ours.js';

/** Migrations that this client knows and the cluster does not have yet. */
export async function pendingMigrations(
  { database, ownTables }: Cluster,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { foreign } = await database.catalogue(signal);
  if (foreign !== undefined) throw foreignTables(ownTables.place, foreign);
  const [version] = await database.ask([schemaVersion], signal);
  return migrations
    .filter(({ number }) => number > (version?.number ?? 0))
    .map(({ number, name }) => `${number} ${name}`);
}

/** Creates or completes octo-ha's tables, and says what was applied. The only thing that ever alters a table. */
export async function setUpOwnTables(cluster: Cluster, signal: AbortSignal): Promise<readonly string[]> {
  const { database, dialect, ownTables } = cluster;
  const { database: octopus, server, foreign } = await database.catalogue(signal);
  if (foreign !== undefined) throw foreignTables(ownTables.place, foreign);
  const { apart } = ownTables;
  const isNew = await apart?.make(signal);
  await using session = await ownTables.open(signal);
  const made = isNew && apart ? { made: apart.name } : {};
  const applied = await migrate(session, dialect, { database: octopus, server, ...made }, signal);
  database.forgetCatalogue();
  if ((await schemaNumber(session, dialect, signal)) < (migrations.at(-1)?.number ?? 0)) {
    throw new Failure('unverified', `octo-ha's tables in ${ownTables.place} are not complete after the migration`);
  }
  return applied;
}
