import type { AuditEntry, LeaseRow, Operation, Step } from '../../cluster/operation.js';
import { auditEntries } from '../../database/queries/audit.js';
import { databaseTime } from '../../database/queries/clock.js';
import { leaseRow } from '../../database/queries/lease.js';
import { operationById, operations } from '../../database/queries/operations.js';
import { steps } from '../../database/queries/steps.js';
import { Failure } from '../../errors.js';
import type { Cluster } from '../cluster.js';

/** Every operation, newest first. */
export async function listOperations({ database }: Cluster, signal: AbortSignal): Promise<readonly Operation[]> {
  const [found] = await database.ask([operations('all')], signal);
  return found;
}

export interface OperationDetails {
  readonly operation: Operation;
  readonly steps: readonly Step[];
  /** The lease, where this operation holds it. */
  readonly lease: LeaseRow | null;
}

export async function showOperation({ database }: Cluster, id: string, signal: AbortSignal): Promise<OperationDetails> {
  const [operation, journal, lease] = await database.ask([operationById(id), steps(id), leaseRow], signal);
  if (operation === undefined) {
    throw new Failure('usage', `there is no operation ${id}`, { hint: 'See them with: octo-ha operation list' });
  }
  return { operation, steps: journal, lease: lease?.operationId === id ? lease : null };
}

/** The audit of the last `since` milliseconds by the database's clock, oldest first. */
export async function readAudit(
  { database }: Cluster,
  { since, nodeId }: { readonly since: number; readonly nodeId: string | undefined },
  signal: AbortSignal,
): Promise<readonly AuditEntry[]> {
  const [now] = await database.ask([databaseTime], signal);
  const [entries] = await database.ask([auditEntries(new Date(now.getTime() - since), nodeId)], signal);
  return entries;
}
