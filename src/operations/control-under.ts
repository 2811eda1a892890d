import type { Node } from '../cluster/node.js';
import type { Timing } from '../cluster/timing.js';
import { nodeAddresses } from '../database/queries/node-addresses.js';
import { keepSeenTask, seenTasks } from '../database/queries/seen-tasks.js';
import { type BalancerHand, tellUnder } from './balancer-hand.js';
import type { Cluster } from './cluster.js';
import type { Telling } from './drain-walk.js';
import { flagWriter, flagWritten, type HoldTerms, settleFlag } from './flag-change.js';
import type { Running } from './journal/running.js';
import { type NodeControl, withoutMachine } from './lifecycle.js';
import { type ControlledNode, controlNode } from './node-control.js';
import { addressOf } from './ping.js';

export interface Under {
  readonly cluster: Cluster;
  readonly running: Running;
  readonly timing: Timing;
  readonly telling: Telling;
  readonly balancer: BalancerHand | undefined;
}

/** The control of a node under an operation: its flag is written with the journal, and tasks seen on it are kept. */
export async function controlUnder(
  under: Under,
  node: Node,
  hold: HoldTerms,
  signal: AbortSignal,
): Promise<{ readonly control: ControlledNode; readonly url: string | undefined }> {
  const { cluster, running, timing, telling } = under;
  const [addresses, seenBefore] = await cluster.database.ask([nodeAddresses, seenTasks(running.id, node.id)], signal);
  const url = addressOf(cluster, node, addresses);
  const flag = flagWriter(running, node, hold);
  const write = async (draining: boolean, within: AbortSignal) => {
    const isWritten = await flag(draining, within);
    // One that is back is told of when its own ping says so, and not before.
    if (isWritten && draining) await tellUnder(under, node, true, within);
    return isWritten;
  };
  await settleFlag(running, node, write, signal);
  const control = controlNode(cluster, node, timing, {
    url,
    write,
    operationId: running.id,
    written: flagWritten(running, node),
    sleep: running.lease.sleep,
    tell: telling.progress,
    // A run that was killed after it had set the flag did not come to it.
    beforeWaiting: (within) => tellUnder(under, node, true, within),
    seenBefore,
    keepSeen: async (tasks) => {
      await running.lease.change(tasks.map((task) => keepSeenTask(running.id, node.id, task)));
    },
  });
  return { control, url };
}

/** For an operation that drives the drain flag alone. */
export const flagOrders = ({ observe, setDrainFlag, waitUntilIdle }: ControlledNode): NodeControl => ({
  observe,
  setDrainFlag,
  waitUntilIdle,
  ...withoutMachine,
});
