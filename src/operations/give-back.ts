import type { Node } from '../cluster/node.js';
import { nodeHistory } from '../database/queries/node-history.js';
import { Failure } from '../errors.js';
import type { Cluster } from './cluster.js';
import type { Running } from './journal/running.js';
import { takeOver } from './machine/machine.js';
import { machinesOf, type NodeMachine } from './machine/node-machine.js';
import { restoreWatchdog, setStartType } from './machine/service-control.js';
import { readService } from './machine/service-state.js';
import { suspendedOf } from './suspended.js';

interface Given {
  readonly cluster: Cluster;
  readonly running: Running;
  readonly node: Node;
}

interface GivenBack {
  readonly undone: readonly string[];
  readonly left: readonly string[];
}

const machineActions = [
  'suspend-watchdog',
  'keep-from-starting',
  'stop-service',
  'restore-start-type',
  'start-service',
];

/** Brings start type and watchdog of an aborted operation back as they were found, and says whether its service runs. */
export async function giveBackMachine(given: Given, signal: AbortSignal): Promise<GivenBack> {
  const { cluster, running, node } = given;
  const touched = machineActions.some((action) => running.came(node, action) || running.isOpen(node, action));
  if (!touched) return { undone: [], left: [] };
  try {
    return await giveBack(given, signal);
  } catch (error) {
    if (!(error instanceof Failure) || signal.aborted) throw error;
    const { watchdog, startType } = await suspended(cluster, node, signal);
    const kept = [
      ...(startType === undefined ? [] : [`its start type (found as ${startType.native})`]),
      ...(watchdog.length === 0 ? [] : [`the watchdog tasks ${watchdog.join(', ')}`]),
    ];
    return { undone: [], left: [`${kept.join(' and ') || 'the machine'} of ${node.name}: ${error.message}`] };
  }
}

async function giveBack({ cluster, running, node }: Given, signal: AbortSignal): Promise<GivenBack> {
  const undone: string[] = [];
  const { machine } = (await machinesOf(cluster, [node], running.lease, signal)).get(node.id) as NodeMachine;
  await takeOver(machine, running.lease.token, signal);
  const { startType, watchdog } = await suspended(cluster, node, signal);
  if (startType !== undefined) {
    const change = { node, action: 'restore-start-type', before: 'kept from starting', after: startType.native };
    await running.act(change, async (id) => ({ ...(await setStartType(machine, id, startType, signal)) }), signal);
    undone.push(`the service of ${node.name} starts as it did before`);
  }
  if (watchdog.length > 0) {
    const change = { node, action: 'restore-watchdog', before: 'suspended', after: 'as found' };
    const restore = async (id: Parameters<typeof restoreWatchdog>[1]) => {
      await restoreWatchdog(machine, id, watchdog, signal);
      return {};
    };
    await running.act(change, restore, signal);
    undone.push(`the watchdog of ${node.name} is as it was before`);
  }
  const { state } = await readService(machine, signal);
  const isDown = state === 'stopped';
  return {
    undone,
    left: isDown ? [`the service of ${node.name} is stopped; start it: octo-ha node start ${node.name}`] : [],
  };
}

async function suspended({ database }: Cluster, { id }: Node, signal: AbortSignal) {
  const [history] = await database.ask([nodeHistory(id)], signal);
  return suspendedOf(history);
}
