import type { Node } from '../cluster/node.js';
import { nodeHistory } from '../database/queries/node-history.js';
import { Failure } from '../errors.js';
import type { Cluster } from './cluster.js';
import type { Running } from './journal/running.js';
import { takeOver } from './machine/machine.js';
import { machinesOf, type NodeMachine } from './machine/node-machine.js';
import { readService } from './machine/service-state.js';
import { suspendedOf } from './suspended.js';
import { concludeSuspending, restoreItsWatchdog, restoreStartType } from './suspending.js';

interface Given {
  readonly cluster: Cluster;
  readonly running: Running;
  readonly node: Node;
}

interface GivenBack {
  readonly undone: readonly string[];
  readonly left: readonly string[];
  /** Its service is stopped, or nobody could tell. */
  readonly isDown: boolean;
}

const machineActions = [
  ...['suspend-watchdog', 'keep-from-starting', 'stop-service'],
  ...['restore-start-type', 'start-service'],
];

/** Brings start type and watchdog of an aborted operation back as they were found, and says whether its service runs. */
export async function giveBackMachine(given: Given, signal: AbortSignal): Promise<GivenBack> {
  const { cluster, running, node } = given;
  const touched = machineActions.some((action) => running.came(node, action) || running.isOpen(node, action));
  if (!touched) return { undone: [], left: [], isDown: false };
  try {
    return await giveBack(given, signal);
  } catch (error) {
    if (!(error instanceof Failure) || signal.aborted) throw error;
    const { watchdog, startType } = await suspended(cluster, node, signal);
    const kept = [
      ...(startType === undefined ? [] : [`its start type (found as ${startType.native})`]),
      ...(watchdog.length === 0 ? [] : [`the watchdog tasks ${watchdog.join(', ')}`]),
    ];
    const left = [`${kept.join(' and ') || 'the machine'} of ${node.name}: ${error.message}`];
    return { undone: [], left, isDown: true };
  }
}

async function giveBack({ cluster, running, node }: Given, signal: AbortSignal): Promise<GivenBack> {
  const undone: string[] = [];
  const machine = (await machinesOf(cluster, [node], running.lease, signal)).get(node.id) as NodeMachine;
  await takeOver(machine.machine, running.lease.token, signal);
  const of = { running, node, machine };
  await concludeSuspending(of, signal);
  const { startType, watchdog } = await suspended(cluster, node, signal);
  if (startType !== undefined) {
    await restoreStartType(of, startType, signal);
    undone.push(`the service of ${node.name} starts as it did before`);
  }
  if (watchdog.length > 0) {
    await restoreItsWatchdog(of, { watchdog }, signal);
    undone.push(`the watchdog of ${node.name} is as it was before`);
  }
  const isDown = (await readService(machine.machine, signal)).state === 'stopped';
  const left = isDown ? [`the service of ${node.name} is stopped; start it: octo-ha node start ${node.name}`] : [];
  return { undone, left, isDown };
}

async function suspended({ database }: Cluster, { id }: Node, signal: AbortSignal) {
  const [history] = await database.ask([nodeHistory(id)], signal);
  return suspendedOf(history);
}
