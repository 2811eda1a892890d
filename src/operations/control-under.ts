import type { Node } from '../cluster/node.js';
import type { Timing } from '../cluster/timing.js';
import { nodeAddresses } from '../database/queries/node-addresses.js';
import { keepSeenTask, seenTasks } from '../database/queries/seen-tasks.js';
import type { Cluster } from './cluster.js';
import type { Telling } from './drain-walk.js';
import { flagWriter, type HoldTerms } from './flag-change.js';
import type { Running } from './journal/running.js';
import { type NodeControl, withoutMachine } from './lifecycle.js';
import { type ControlledNode, controlNode } from './node-control.js';
import { addressOf } from './ping.js';

export interface Under {
  readonly cluster: Cluster;
  readonly running: Running;
  readonly timing: Timing;
  readonly telling: Telling;
}

/** The control of a node under an operation: its flag is written with the journal, and tasks seen on it are kept. */
export async function controlUnder(
  { cluster, running, timing, telling }: Under,
  node: Node,
  hold: HoldTerms,
  signal: AbortSignal,
): Promise<{ readonly control: ControlledNode; readonly url: string | undefined }> {
  const [addresses, seenBefore] = await cluster.database.ask([nodeAddresses, seenTasks(running.id, node.id)], signal);
  const url = addressOf(cluster, node, addresses);
  const write = flagWriter(running, node, hold);
  // The database changes a flag and journals it at once; over the API a killed run may have left the journal behind.
  if (running.channel.name === 'api') {
    if (running.isOpen(node, 'drain')) await write(true, signal);
    if (running.isOpen(node, 'undrain')) await write(false, signal);
  }
  const control = controlNode(cluster, node, timing, {
    url,
    write,
    sleep: running.lease.sleep,
    tell: telling.progress,
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
