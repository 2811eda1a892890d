import { isSameService, type MachineAddress } from '../../cluster/machine-address.js';
import { type Node, nodeKey } from '../../cluster/node.js';
import { machineAddresses } from '../../database/queries/machine-addresses.js';
import { nodeRecords } from '../../database/queries/nodes.js';
import { settings } from '../../database/queries/settings.js';
import { Failure } from '../../errors.js';
import type { Cluster } from '../cluster.js';
import { type Lease, leaseTerms } from '../journal/lease.js';
import type { Machine } from './machine.js';

export interface NodeMachine {
  readonly machine: Machine;
  readonly address: MachineAddress;
}

/** The machines of these nodes, by the nodes' Ids; nothing is connected yet. Rejects where one's address is not known. */
export async function machinesOf(
  cluster: Cluster,
  nodes: readonly Pick<Node, 'id' | 'name'>[],
  lease: Pick<Lease, 'sleep'>,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, NodeMachine>> {
  const [addresses, kept] = await cluster.database.ask([machineAddresses, settings], signal);
  mustBeKnown(nodes, addresses);
  await mustBeNobodyElses(cluster, nodes, addresses, signal);
  const answerWithin = Math.max(1, Math.min(15, Math.floor(leaseTerms(kept).renewEvery / 1_000)));
  const machines = nodes.map(async ({ id, name }) => {
    const address = addresses.get(nodeKey(id)) as MachineAddress;
    const machine: Machine = {
      name: `the machine of ${name}`,
      shell: await cluster.shellOn(name, address),
      // Whoever waits for a machine renews the lease meanwhile.
      clock: { ...cluster.clock, sleep: lease.sleep },
      service: { manager: address.manager, name: address.service },
      answerWithin,
    };
    return [id, { machine, address }] as const;
  });
  return new Map(await Promise.all(machines));
}

/** Rejects with the nodes whose machine nobody has described. */
function mustBeKnown(
  nodes: readonly Pick<Node, 'id' | 'name'>[],
  addresses: ReadonlyMap<string, MachineAddress>,
): void {
  const unknown = nodes.filter(({ id }) => !addresses.has(nodeKey(id)));
  if (unknown.length === 0) return;
  throw new Failure('usage', `octo-ha does not know the machine of ${unknown.map(({ name }) => name).join(', ')}`, {
    hint: `Describe it with: octo-ha node set ${unknown[0]?.name} --host HOST --service NAME`,
  });
}

/** Rejects where the same service is described for two nodes: whoever stops one would stop the other. */
async function mustBeNobodyElses(
  cluster: Cluster,
  nodes: readonly Pick<Node, 'id' | 'name'>[],
  addresses: ReadonlyMap<string, MachineAddress>,
  signal: AbortSignal,
): Promise<void> {
  for (const { id, name } of nodes) {
    const address = addresses.get(nodeKey(id)) as MachineAddress;
    const twin = [...addresses].find(([key, other]) => key !== nodeKey(id) && isSameService(other, address));
    if (twin === undefined) continue;
    const [records] = await cluster.database.ask([nodeRecords], signal);
    const other = records.find((record) => nodeKey(record.id) === twin[0])?.name;
    // A node that is no longer registered is nobody.
    if (other === undefined) continue;
    throw new Failure('refused', `${name} and ${other} are described as the same service, ${serviceText(address)}`, {
      hint: `Correct the one that is wrong: octo-ha node set ${name} --host HOST --service NAME`,
    });
  }
}

export const serviceText = ({ service, host }: MachineAddress): string => `${service} on ${host}`;
