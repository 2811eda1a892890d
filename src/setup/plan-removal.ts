import type { MachineAddress } from '../cluster/machine-address.js';
import { nodeKey } from '../cluster/node.js';
import { madeDatabase } from '../database/migrate.js';
import { madeTables, newestSchema } from '../database/migrations/index.js';
import { auditExtent } from '../database/queries/audit.js';
import { databaseTime } from '../database/queries/clock.js';
import { leaseRow } from '../database/queries/lease.js';
import { machineAddresses } from '../database/queries/machine-addresses.js';
import { nodeRecords } from '../database/queries/nodes.js';
import { schemaVersion } from '../database/queries/schema-version.js';
import { settings } from '../database/queries/settings.js';
import { controlsOwnDatabase, objectsInOwnDatabase } from '../database/queries/sql-server/own-database.js';
import { Failure } from '../errors.js';
import type { Cluster } from '../operations/cluster.js';
import { identify, notTheSame } from '../operations/identity.js';
import { mustBeFree } from '../operations/journal/lease.js';
import { foreignTables, tooOld } from '../operations/journal/not-ours.js';
import type { Identity } from '../ports/identity.js';
import { mustBeAtRest } from './at-rest.js';

export interface Removal {
  readonly place: string;
  /** The database with the tables, by name. */
  readonly database: string;
  /** Those of octo-ha that are there; empty where there is nothing to remove. */
  readonly tables: readonly string[];
  /** Tables in octo-ha's schema that it did not make. They stay, and so does the schema. */
  readonly others: readonly string[];
  readonly audit: { readonly entries: number; readonly oldest: Date | null };
  /** Machines that may have records of octo-ha. */
  readonly machines: readonly { readonly node: string; readonly address: MachineAddress }[];
  /** The database of their own; absent where there is none. */
  readonly apart?: { readonly name: string; readonly stays?: string };
}

/** What is there to be removed. Rejects where something stands in the way of it. */
export async function plannedRemoval(cluster: Cluster, identity: Identity, signal: AbortSignal): Promise<Removal> {
  const { place } = cluster.ownTables;
  const { foreign, ownTables, placement, database: octopus } = await cluster.database.catalogue(signal);
  if (foreign !== undefined) throw foreignTables(place, foreign);
  const tables = [...ownTables].filter((table) => madeTables.has(table)).toSorted();
  const others = [...ownTables].filter((table) => !madeTables.has(table)).toSorted();
  const database = placement.database ?? octopus;
  const nothing = { entries: 0, oldest: null };
  if (tables.length === 0) return { place, database, tables, others, audit: nothing, machines: [] };
  if (placement.database?.toLowerCase() !== cluster.ownTables.apart?.name.toLowerCase()) {
    throw new Failure('usage', `octo-ha's tables are in the database ${database}, and not in ${place}`, {
      hint: 'Say in the context file where they are: database.placement and database.own',
    });
  }
  const [version, lease, at] = await cluster.database.ask([schemaVersion, leaseRow, databaseTime], signal);
  // Newer tables may be more than these, and mean more.
  if ((version?.number ?? 0) > newestSchema) throw tooOld(version?.number ?? 0);
  const { differs } = await identify(cluster, signal);
  if (differs.length > 0) throw notTheSame(differs);
  await mustBeFree(lease, at, identity);
  await mustBeAtRest(cluster, signal);
  const [audit, addresses, records] = await cluster.database.ask([auditExtent, machineAddresses, nodeRecords], signal);
  const machines = records.flatMap(({ id, name }) => {
    const address = addresses.get(nodeKey(id));
    return address === undefined ? [] : [{ node: name, address }];
  });
  const apart = await databaseApart(cluster, signal);
  return { place, database, tables, others, audit, machines, ...(apart && { apart }) };
}

/** The database of their own, and why it stays although the tables go. */
export async function databaseApart({ database, ownTables }: Cluster, signal: AbortSignal): Promise<Removal['apart']> {
  const { apart } = ownTables;
  if (apart === undefined) return undefined;
  const { name } = apart;
  const [kept, objects, isInControl] = await database.ask(
    [settings, objectsInOwnDatabase, controlsOwnDatabase],
    signal,
  );
  if (kept.get(madeDatabase)?.toLowerCase() !== name.toLowerCase()) {
    return { name, stays: 'it is not known to have been made by octo-ha' };
  }
  if (!isInControl) return { name, stays: 'this login may not drop it' };
  const ours = new Set([...madeTables].map((table) => `octo_ha.${table}`));
  const [first, ...more] = objects.filter((object) => !ours.has(object.toLowerCase()));
  if (first === undefined) return { name };
  return { name, stays: `${first}${more.length === 0 ? '' : ` and ${more.length} more`} is in it` };
}
