import type { AuditEntry, LeaseRow, Operation, Step } from '../../cluster/operation.js';
import { auditEntries } from '../../database/queries/audit.js';
import { databaseTime } from '../../database/queries/clock.js';
import { leaseRow } from '../../database/queries/lease.js';
import { operationById, operations } from '../../database/queries/operations.js';
import { steps } from '../../database/queries/steps.js';
import { Failure } from '../../errors.js';
import type { Cluster } from '../cluster.js';
import { foreignTables, notSetUp } from './not-ours.js';

/** Every operation, newest first. */
export async function listOperations(cluster: Cluster, signal: AbortSignal): Promise<readonly Operation[]> {
  const { database } = await withJournal(cluster, signal);
  const [found] = await database.ask([operations('all')], signal);
  return found;
}

export interface OperationDetails {
  readonly operation: Operation;
  readonly steps: readonly Step[];
  /** The lease, where this operation holds it. */
  readonly lease: LeaseRow | null;
}

export async function showOperation(cluster: Cluster, id: string, signal: AbortSignal): Promise<OperationDetails> {
  const { database } = await withJournal(cluster, signal);
  const [operation, journal, lease] = await database.ask([operationById(id), steps(id), leaseRow], signal);
  if (operation === undefined) {
    throw new Failure('usage', `there is no operation ${id}`, { hint: 'See them with: octo-ha operation list' });
  }
  return { operation, steps: journal, lease: lease?.operationId === id ? lease : null };
}

/** The audit of the last `since` milliseconds by the database's clock, oldest first. */
export async function readAudit(
  cluster: Cluster,
  { since, nodeId }: { readonly since: number; readonly nodeId: string | undefined },
  signal: AbortSignal,
): Promise<readonly AuditEntry[]> {
  const { database } = await withJournal(cluster, signal);
  const [now] = await database.ask([databaseTime], signal);
  const [entries] = await database.ask([auditEntries(new Date(now.getTime() - since), nodeId)], signal);
  return entries;
}

/** A journal that is not there is never told as one in which nothing stands. */
async function withJournal(cluster: Cluster, signal: AbortSignal): Promise<Cluster> {
  const { ownTables, foreign } = await cluster.database.catalogue(signal);
  if (foreign !== undefined) throw foreignTables(cluster.ownTables.place, foreign);
  if (!ownTables.has('operation')) throw notSetUp();
  return cluster;
}
