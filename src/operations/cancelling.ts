import { counted } from '../cluster/counted.js';
import { type Node, nodeKey } from '../cluster/node.js';
import type { Task } from '../cluster/task.js';
import { machineAddresses } from '../database/queries/machine-addresses.js';
import { Failure } from '../errors.js';
import { cancelTasks } from './cancel-tasks.js';
import type { Cluster } from './cluster.js';
import type { EffectId, Running } from './journal/running.js';
import { machinesOf } from './machine/node-machine.js';
import { cancelTasks as cancelOnMachine } from './machine/service-control.js';

/** Has Octopus cancel these tasks, and waits until they have ended or the grace is over. */
export type Cancel = (tasks: readonly Task[], signal: AbortSignal) => Promise<void>;

export interface Cancelling {
  readonly cluster: Cluster;
  readonly running: Running;
  readonly node: Pick<Node, 'id' | 'name'>;
  /** Milliseconds that tasks have to end. */
  readonly grace: number;
  /** Milliseconds between two looks. */
  readonly every: number;
}

/**
 * How Octopus itself is asked to cancel the tasks of a node: octo-ha never writes a task. By the API where there is a
 * key, else by Octopus Server on the machine. Rejects as *refused*, with the way by hand, where neither can be used.
 */
export async function wayToCancel(cancelling: Cancelling, signal: AbortSignal): Promise<Cancel> {
  const { cluster, running, node, grace, every } = cancelling;
  const act = (tasks: readonly Task[], perform: (id: EffectId) => Promise<void>, within: AbortSignal) => {
    const before = `${counted(tasks.length, 'task')} running`;
    const change = { node, action: 'cancel-tasks', before, after: 'cancelled' };
    const came = async (id: EffectId) => {
      await perform(id);
      return { tasks: tasks.map((task) => task.id) };
    };
    return running.act(change, came, within);
  };
  const api = await cluster.api();
  if (api !== undefined) {
    const clock = { now: cluster.clock.now, sleep: running.lease.sleep };
    return async (tasks, within) => {
      await act(tasks, async () => void (await cancelTasks(api, node, { grace, every }, clock, within)), within);
    };
  }
  const [addresses] = await cluster.database.ask([machineAddresses], signal);
  if (!addresses.has(nodeKey(node.id))) throw cannotCancel(node);
  return async (tasks, within) => {
    const found = (await machinesOf(cluster, [node], running.lease, within)).get(node.id);
    if (found === undefined) throw cannotCancel(node);
    const { machine, address } = found;
    const program = cluster.octopusServerOn(node.name);
    const server = { instance: address.instance, wait: 0, ...(program === undefined ? {} : { program }) };
    await act(tasks, (id) => cancelOnMachine(machine, id, server, within), within);
  };
}

const cannotCancel = ({ name }: Pick<Node, 'name'>): Failure =>
  new Failure('refused', `octo-ha has no way to have Octopus cancel the tasks of ${name}`, {
    hint:
      `Describe its machine with:  octo-ha node set ${name} --host HOST\n` +
      'Or cancel by hand, there:   Octopus.Server node --instance NAME --drain=true --cancel-tasks',
  });
