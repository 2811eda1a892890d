import type { Node } from '../cluster/node.js';
import { pollingPort } from '../cluster/polling-port.js';
import { nodeAddresses } from '../database/queries/node-addresses.js';
import { nodeHistory } from '../database/queries/node-history.js';
import { Failure, unlessFailure } from '../errors.js';
import type { Cluster } from './cluster.js';
import type { Unproven } from './guards/guard.js';
import { readStep } from './machine/machine.js';
import { machinesOf, type NodeMachine } from './machine/node-machine.js';
import { readService, type ServiceState } from './machine/service-state.js';
import { addressOf, ping } from './ping.js';
import { probeMachine } from './probe/probe-machine.js';
import type { Look } from './read-status.js';
import { type Suspended, suspendedOf } from './suspended.js';

export interface Inspected {
  readonly node: Node;
  readonly service: ServiceState;
  /** What octo-ha has done to it before and not taken back. */
  readonly suspended: Suspended;
  /** Absent where something proves that this machine is the node's. */
  readonly unproven?: Unproven;
}

/**
 * Logs in to the machines of these nodes and looks, before anything is changed. Rejects where one cannot be reached, or
 * knows no such service.
 */
export async function inspectMachines(
  cluster: Cluster,
  look: Look,
  nodes: readonly Node[],
  signal: AbortSignal,
): Promise<readonly Inspected[]> {
  const machines = await machinesOf(cluster, nodes, cluster.clock, signal);
  const [addresses, ...histories] = await cluster.database.ask(
    [nodeAddresses, ...nodes.map(({ id }) => nodeHistory(id))],
    signal,
  );
  const inspect = async (node: Node, i: number): Promise<Inspected> => {
    const machine = machines.get(node.id) as NodeMachine;
    const service = await readService(machine.machine, signal);
    if (service.state === 'missing') throw noService(machine, node);
    const suspended = suspendedOf(histories[i] ?? []);
    const inspected = { node, service, suspended };
    const own = await asksItself(cluster, machine, node, signal);
    if (own.told !== undefined) return { ...inspected, unproven: { name: node.name, told: own.told } };
    const isProven =
      own.isItsOwn ||
      (await names(cluster, look, node, addressOf(cluster, node, addresses), signal)) ||
      (await remembers(machine, suspended, signal));
    return isProven ? inspected : { ...inspected, unproven: { name: node.name } };
  };
  return await Promise.all(nodes.map(inspect));
}

/** The configuration on the machine names node and database; where it cannot be read, nothing is said. */
async function asksItself(
  cluster: Cluster,
  { machine, address }: NodeMachine,
  { name }: Node,
  signal: AbortSignal,
): Promise<{ readonly isItsOwn: boolean; readonly told?: string }> {
  const { database } = await cluster.database.catalogue(signal);
  const nothing = { folders: [], reach: [], names: [], port: pollingPort };
  const facts = await probeMachine(machine.shell, address, nothing, cluster.clock, signal).catch(unlessFailure(signal));
  if (facts === undefined) return { isItsOwn: false };
  const same = (told: string, known: string) => told.toLowerCase() === known.toLowerCase();
  const { nodeName, databaseName } = facts;
  if (nodeName !== '' && !same(nodeName, name))
    return { isItsOwn: false, told: `is ${nodeName}, as its configuration says` };
  if (databaseName !== '' && !same(databaseName, database)) {
    return { isItsOwn: false, told: `belongs to the database ${databaseName}, as its configuration says` };
  }
  return { isItsOwn: nodeName !== '' && databaseName !== '' };
}

/** The node's own ping names it, beside a heartbeat in this database that is alive. */
async function names(
  cluster: Cluster,
  { at, timing }: Look,
  node: Node,
  url: string | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  const isAlive = node.lastSeen !== null && at.getTime() - node.lastSeen.getTime() < timing.offlineAfter;
  return isAlive && (await ping(cluster, node, url, signal)).kind === 'answered';
}

/** The machine has a record of the step by which octo-ha stopped this node. */
async function remembers({ machine }: NodeMachine, { stoppedBy }: Suspended, signal: AbortSignal): Promise<boolean> {
  if (stoppedBy === undefined) return false;
  return (await readStep(machine, stoppedBy, signal)).state === 'finished';
}

const noService = ({ machine, address }: NodeMachine, { name }: Node): Failure =>
  new Failure('usage', `${machine.name} knows no service ${address.service}`, {
    hint: `Describe it anew with: octo-ha node set ${name} --service NAME`,
  });
