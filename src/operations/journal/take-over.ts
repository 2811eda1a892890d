import { giveBackLease, leaseRow, requestStop, takeLease } from '../../database/queries/lease.js';
import { operationById, setOperationState } from '../../database/queries/operations.js';
import { Failure } from '../../errors.js';
import { waysOn } from './endings.js';
import type { Operating } from './run-operation.js';

/** Milliseconds that the owner has to answer a request to stop: longer than it takes to its next heartbeat. */
const patience = 15_000;

/**
 * Takes the lease from an operation of somebody else. Its owner is asked first and obeys at its next heartbeat; one
 * that does not answer is fenced: its token no longer touches a row. The operation is left *interrupted*.
 */
export async function takeOver(
  { cluster, identity, occasion }: Operating,
  operationId: string,
  signal: AbortSignal,
): Promise<'obeyed' | 'fenced'> {
  const { database, clock } = cluster;
  const look = async () => {
    const [row] = await database.ask([leaseRow], signal);
    return row?.operationId === operationId && row.holder !== '' ? row : undefined;
  };
  const row = await look();
  if (row === undefined) {
    throw new Failure('refused', `operation ${operationId} does not hold the cluster`, {
      hint: waysOn(operationId),
    });
  }
  await database.change([requestStop(row.token, `${identity.who}: ${occasion.reason ?? ''}`)], signal);
  for (const until = clock.now() + patience; clock.now() < until; await clock.sleep(500, signal)) {
    if ((await look()) === undefined) return 'obeyed';
  }
  const claim = {
    holder: identity.word(20),
    operationId,
    who: identity.who,
    host: identity.host,
    pid: identity.pid,
    processStarted: await identity.started(),
  };
  const fenced = await database.change([takeLease(claim, patience, row.holder)], signal);
  if (!fenced.applied) return 'obeyed';
  const [taken] = await database.ask([leaseRow], signal);
  const [operation] = await database.ask([operationById(operationId)], signal);
  await database.change(
    [
      ...(operation?.state === 'running' || operation?.isCrashed
        ? [setOperationState(operationId, 'interrupted')]
        : []),
      giveBackLease(taken?.token ?? 0),
    ],
    signal,
  );
  return 'fenced';
}
