import { isUnfinished } from '../../cluster/operation.js';
import { settings } from '../../database/queries/settings.js';
import type { Cluster } from '../cluster.js';
import { timingFrom } from '../timing.js';
import { type OperationDetails, showOperation } from './read-journal.js';

/**
 * Follows an operation, from any machine, and tells when its state or a step has changed. Ends when it has ended, or
 * when nobody carries it on: interrupted or detached.
 */
export async function watchOperation(
  cluster: Cluster,
  id: string,
  tell: (details: OperationDetails) => void,
  signal: AbortSignal,
): Promise<OperationDetails> {
  const [kept] = await cluster.database.ask([settings], signal);
  const { look } = timingFrom(kept);
  for (let told = ''; ; ) {
    const details = await showOperation(cluster, id, signal);
    const now = JSON.stringify([details.operation.state, details.steps]);
    if (now !== told) tell(details);
    told = now;
    if (!isUnfinished(details.operation) || details.operation.state !== 'running') return details;
    await cluster.clock.sleep(look, signal);
  }
}
