import { isSameService, type MachineAddress } from '../cluster/machine-address.js';
import { type Node, nodeKey } from '../cluster/node.js';
import { keepMachineAddresses, machineAddresses, parseMachineAddress } from '../database/queries/machine-addresses.js';
import { keepNodeAddresses, nodeAddresses } from '../database/queries/node-addresses.js';
import { nodeRecords } from '../database/queries/nodes.js';
import { Failure } from '../errors.js';
import { type Operating, runOperation } from './journal/run-operation.js';
import { serviceText } from './machine/node-machine.js';

/** What is known of where a node is: its own web address, and its machine. */
export interface NodePlace {
  readonly url: string | undefined;
  readonly machine: MachineAddress | undefined;
}

export async function placeOf(
  { cluster }: Pick<Operating, 'cluster'>,
  { id }: Pick<Node, 'id'>,
  signal: AbortSignal,
): Promise<NodePlace> {
  const [urls, machines] = await cluster.database.ask([nodeAddresses, machineAddresses], signal);
  return { url: urls.get(nodeKey(id)), machine: machines.get(nodeKey(id)) };
}

/** What a person says of a machine; what is left out stays as it was, or is as the platform's own installer has it. */
export type MachineWords = { readonly [Field in keyof MachineAddress]?: MachineAddress[Field] | undefined };

const usual = {
  windows: { service: 'OctopusDeploy', instance: 'OctopusServer' },
  systemd: { service: 'octopus-server', instance: 'OctopusServer' },
  docker: { service: 'octopus', instance: 'OctopusServer' },
} as const;

/** Rejects as *usage* what is no address. */
export function completeAddress(words: MachineWords, known: MachineAddress | undefined): MachineAddress | undefined {
  const said = Object.fromEntries(Object.entries(words).filter(([, value]) => value !== undefined));
  if (Object.keys(said).length === 0) return undefined;
  const manager = words.manager ?? known?.manager ?? 'windows';
  // A host key belongs to its host.
  const before = words.host !== undefined && words.host !== known?.host ? { ...known, hostKeys: [] } : known;
  try {
    return parseMachineAddress({ hostKeys: [], ...usual[manager], ...before, manager, ...said });
  } catch (error) {
    const [issue] = (error as { issues?: readonly { path: readonly PropertyKey[] }[] }).issues ?? [];
    const field = String(issue?.path[0] ?? 'it');
    throw new Failure(
      'usage',
      `this is no address of a machine: ${field} is missing or has a character that none has`,
      {
        hint: 'Give --host HOST, and --service and --instance where they are not the usual ones.',
      },
    );
  }
}

/** Keeps with the cluster where a node is. */
export const describeNode = (
  operating: Operating,
  node: Node,
  place: NodePlace,
  signal: AbortSignal,
): Promise<{ readonly operation: string }> => describeNodes(operating, [{ node, ...place }], signal);

/** The same of several nodes, as one operation in as many statements. */
export async function describeNodes(
  { cluster, identity, occasion }: Operating,
  places: readonly (NodePlace & { readonly node: Pick<Node, 'id' | 'name'> })[],
  signal: AbortSignal,
): Promise<{ readonly operation: string }> {
  const [first] = places;
  const request =
    places.length === 1
      ? { url: first?.url, machine: first?.machine }
      : { places: places.map(({ node, url, machine }) => ({ node: node.name, url, machine })) };
  const begun = { kind: 'set', nodes: places.map(({ node }) => node), request, occasion };
  return await runOperation(cluster, identity, begun, signal, async (running) => {
    await mustBeDifferent(cluster, places, signal);
    const urls = places.flatMap(({ node, url }) => (url === undefined ? [] : [{ nodeId: node.id, url }]));
    const machines = places.flatMap(({ node, machine }) =>
      machine === undefined ? [] : [{ nodeId: node.id, machine }],
    );
    const effects = [...keepNodeAddresses(urls), ...keepMachineAddresses(machines)];
    const ending = { state: 'done', outcome: {}, effects } as const;
    return { operation: running.id, ending };
  });
}

/** Rejects where a service is another node's already, or is given twice. */
async function mustBeDifferent(
  cluster: Operating['cluster'],
  places: readonly (NodePlace & { readonly node: Pick<Node, 'id' | 'name'> })[],
  signal: AbortSignal,
): Promise<void> {
  const [kept, records] = await cluster.database.ask([machineAddresses, nodeRecords], signal);
  const described = new Map(
    records.flatMap(({ id, name }) => {
      const machine = kept.get(nodeKey(id));
      return machine === undefined ? [] : [[nodeKey(id), { name, machine }] as const];
    }),
  );
  for (const { node, machine } of places) {
    if (machine === undefined) continue;
    const twin = [...described].find(
      ([key, other]) => key !== nodeKey(node.id) && isSameService(other.machine, machine),
    );
    if (twin !== undefined) {
      throw new Failure('refused', `${serviceText(machine)} is described as ${twin[1].name} already`, {
        hint: `Correct the one that is wrong: octo-ha node set ${twin[1].name} --host HOST --service NAME`,
      });
    }
    described.set(nodeKey(node.id), { name: node.name, machine });
  }
}
