import { counted } from '../cluster/counted.js';
import { type Node, nodeKey } from '../cluster/node.js';
import type { Task } from '../cluster/task.js';
import { machineAddresses } from '../database/queries/machine-addresses.js';
import { Failure } from '../errors.js';
import type { Cluster } from './cluster.js';
import type { Running } from './journal/running.js';
import { machinesOf } from './machine/node-machine.js';
import { cancelTasks } from './machine/service-control.js';

type Cancel = (tasks: readonly Task[], signal: AbortSignal) => Promise<void>;

/**
 * How Octopus itself is asked to cancel the tasks of a node: octo-ha never writes a task. Rejects as *refused*, with the
 * way by hand, where neither the API nor the machine can be used.
 */
export async function wayToCancel(
  cluster: Cluster,
  running: Running,
  node: Pick<Node, 'id' | 'name'>,
  signal: AbortSignal,
): Promise<Cancel> {
  const [addresses] = await cluster.database.ask([machineAddresses], signal);
  if (!addresses.has(nodeKey(node.id))) throw cannotCancel(node);
  return async (tasks, within) => {
    const found = (await machinesOf(cluster, [node], running.lease, within)).get(node.id);
    if (found === undefined) throw cannotCancel(node);
    const { machine, address } = found;
    const change = {
      node,
      action: 'cancel-tasks',
      before: `${counted(tasks.length, 'task')} running`,
      after: 'cancelled',
    };
    const program = cluster.octopusServerOn(node.name);
    const { instance } = address;
    const server = program === undefined ? { instance, wait: 0 } : { instance, program, wait: 0 };
    await running.act(
      change,
      async (id) => {
        await cancelTasks(machine, id, server, within);
        return { tasks: tasks.map((task) => task.id) };
      },
      within,
    );
  };
}

const cannotCancel = ({ name }: Pick<Node, 'name'>): Failure =>
  new Failure('refused', `octo-ha has no way to have Octopus cancel the tasks of ${name}`, {
    hint:
      `Describe its machine with:  octo-ha node set ${name} --host HOST\n` +
      'Or cancel by hand, there:   Octopus.Server node --instance NAME --drain=true --cancel-tasks',
  });
