import type { AuditEntry } from '../cluster/operation.js';
import { dropTables } from '../database/drop-tables.js';
import { madeTables } from '../database/migrations/index.js';
import { auditEntries } from '../database/queries/audit.js';
import { settings } from '../database/queries/settings.js';
import { Failure } from '../errors.js';
import type { Cluster } from '../operations/cluster.js';
import { leaseTerms, takeTheLease } from '../operations/journal/lease.js';
import { stampedId } from '../operations/stamped-id.js';
import { DatabaseError } from '../ports/database.js';
import type { Identity } from '../ports/identity.js';
import { mustBeAtRest } from './at-rest.js';
import { databaseApart, type Removal } from './plan-removal.js';

export interface Removed {
  /** Whether the database went with the tables. */
  readonly databaseDropped: boolean;
  /** Why the database of their own is still there. */
  readonly databaseStays?: string;
  /** The empty schema is still there: the login lacks the right to drop it. */
  readonly schemaStays: boolean;
}

export interface Removing {
  /** Milliseconds to queue for the lease. */
  readonly wait: number;
  /** Is given all of the audit before it goes; where it rejects, nothing is removed. */
  readonly keepAudit: ((entries: readonly AuditEntry[]) => Promise<void>) | undefined;
}

/** An effect is not cut off: nobody would know what became of it. */
const uncut = new AbortController().signal;

/**
 * Takes octo-ha's tables out, under the lease, so that nobody begins anything meanwhile: with their database in one
 * statement where that is theirs alone, else all of them in one transaction.
 */
export async function removeOwnTables(
  cluster: Cluster,
  identity: Identity,
  plan: Removal,
  { wait, keepAudit }: Removing,
  signal: AbortSignal,
): Promise<Removed> {
  const { database, dialect, ownTables, clock } = cluster;
  const [kept] = await database.ask([settings], signal);
  const operationId = stampedId(new Date(clock.now()), identity);
  await using lease = await takeTheLease(cluster, identity, { operationId, terms: leaseTerms(kept), wait }, signal);
  await mustBeAtRest(cluster, signal);
  if (keepAudit !== undefined) {
    const [entries] = await database.ask([auditEntries(new Date(0))], signal);
    await keepAudit(entries);
  }
  signal.throwIfAborted();
  // Somebody may have put something there while consent was asked for.
  const apart = await databaseApart(cluster, signal);
  // What has taken long may have outlasted the lease: it is shown, or renewed, or was taken over.
  await lease.change([]);

  const databaseStays = apart?.stays ?? (await dropDatabase());
  if (apart !== undefined && databaseStays === undefined) {
    await verify();
    return { databaseDropped: true, schemaStays: false };
  }
  await using session = await ownTables.open(uncut);
  const builder = { ...(await database.catalogue(signal)), dialect };
  const removing = { tables: plan.tables, token: lease.token };
  const applied = await dropTables(session, builder, removing, uncut).catch((error: unknown) => {
    throw error instanceof DatabaseError ? notRemoved(plan, error) : error;
  });
  if (!applied) throw new Failure('busy', 'somebody else took the cluster at this moment; nothing was removed');
  await verify();
  const schemaStays = plan.others.length === 0 && !(await dropSchema());
  return {
    databaseDropped: false,
    schemaStays,
    ...(databaseStays === undefined ? {} : { databaseStays }),
  };

  /** Answers with why the server would not, in its own words. */
  async function dropDatabase(): Promise<string | undefined> {
    try {
      await ownTables.apart?.drop(uncut);
      return undefined;
    } catch (error) {
      if (error instanceof DatabaseError) return error.message;
      throw error;
    }
  }

  async function dropSchema(): Promise<boolean> {
    if (dialect.dropSchema === undefined) return true;
    try {
      await session.define(dialect.compile([dialect.dropSchema], { database: null }), uncut);
      return true;
    } catch (error) {
      if (error instanceof DatabaseError) return false;
      throw error;
    }
  }

  async function verify(): Promise<void> {
    database.forgetCatalogue();
    const left = [...(await database.catalogue(uncut)).ownTables].filter((table) => madeTables.has(table));
    if (left.length > 0)
      throw new Failure('unverified', `octo-ha's tables are still in ${plan.place}: ${left.join(', ')}`);
  }
}

const notRemoved = ({ place }: Removal, error: DatabaseError): Failure =>
  new Failure('unreachable', `octo-ha's tables in ${place} were not removed: ${error.message}`, {
    hint: 'Nothing was removed. For somebody with more rights: octo-ha database remove --script > remove.sql',
    cause: error,
  });
