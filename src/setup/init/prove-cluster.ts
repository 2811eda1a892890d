import * as z from 'zod/mini';
import type { StorageNode } from '../../checks/storage/nodes/ask-node.js';
import { proveShared } from '../../checks/storage/nodes/prove-shared.js';
import { sharedChecks } from '../../checks/storage/nodes/shared-checks.js';
import { type Node, nodeKey } from '../../cluster/node.js';
import { machineAddresses } from '../../database/queries/machine-addresses.js';
import { nodeAddresses } from '../../database/queries/node-addresses.js';
import { settings } from '../../database/queries/settings.js';
import { Failure } from '../../errors.js';
import type { Cluster } from '../../operations/cluster.js';
import { addressOf, ping } from '../../operations/ping.js';
import { readStatus } from '../../operations/read-status.js';

/** One thing that was looked at in the end. */
export interface Proof {
  readonly title: string;
  readonly status: 'pass' | 'fail' | 'unknown' | 'skip';
  readonly says: string;
}

export interface Proving {
  /** The address that people type. */
  readonly portal: string | undefined;
  readonly newId: () => string;
}

/** Looks at the whole cluster as it came to be, from here and from the nodes. Changes nothing that stays. */
export async function proveCluster(
  cluster: Cluster,
  { portal, newId }: Proving,
  signal: AbortSignal,
): Promise<readonly Proof[]> {
  const { nodes } = await readStatus(cluster, signal);
  if (nodes.length === 0) return [{ title: 'nodes', status: 'fail', says: 'no node is registered' }];
  const alive = nodes.filter(({ state }) => state !== 'stale');
  return [
    ...together('every node is in service', alive.map(stateOf)),
    versionsOf(alive),
    ...together('every node answers for itself', await pings(cluster, alive, signal)),
    await throughBalancer(cluster, portal, alive, signal),
    ...(await storageOf(cluster, alive, newId, signal)),
  ];
}

/** One line where all is well, and each that is not by itself. */
function together(title: string, proofs: readonly (Proof & { readonly node: string })[]): readonly Proof[] {
  const odd = proofs.filter(({ status }) => status !== 'pass').map(({ node: _, ...proof }) => proof);
  if (odd.length > 0) return odd;
  return [{ title, status: 'pass', says: proofs.map(({ node, says }) => `${node} (${says})`).join(', ') }];
}

function stateOf({ name: node, state, taskCap }: Node): Proof & { readonly node: string } {
  const title = `${node} is in service`;
  if (state === 'running') return { node, title, status: 'pass', says: `task cap ${taskCap}` };
  if (state === 'ui-only') return { node, title, status: 'pass', says: 'portal and API only' };
  return { node, title, status: state === 'unknown' ? 'unknown' : 'fail', says: `it is ${state}` };
}

function versionsOf(nodes: readonly Node[]): Proof {
  const title = 'all nodes run one version';
  const versions = [...new Set(nodes.flatMap(({ version }) => version ?? []))];
  if (nodes.some(({ version }) => version === null)) return { title, status: 'unknown', says: 'not every node tells' };
  return { title, status: versions.length === 1 ? 'pass' : 'fail', says: versions.join(', ') };
}

async function pings(cluster: Cluster, nodes: readonly Node[], signal: AbortSignal) {
  const [addresses] = await cluster.database.ask([nodeAddresses], signal);
  const asked = nodes.map(async (node) => {
    const url = addressOf(cluster, node, addresses);
    const told = (status: Proof['status'], says: string) => {
      return { node: node.name, title: `${node.name} answers for itself`, status, says };
    };
    const answer = await ping(cluster, node, url, signal);
    if (answer.kind === 'not-asked') return told('unknown', answer.why);
    if (answer.kind !== 'answered') return told('fail', answer.why);
    if (answer.draining === node.draining) return told('pass', url ?? '');
    return told('fail', `its ping says ${answer.draining ? 'draining' : 'in service'}`);
  });
  return await Promise.all(asked);
}

const pingBody = z.object({ Name: z.string() });

/** The balancer answers with the ping of whichever node it sends the request to. */
async function throughBalancer(
  { http, ca, timeout }: Cluster,
  portal: string | undefined,
  nodes: readonly Node[],
  signal: AbortSignal,
): Promise<Proof> {
  const title = 'the load balancer answers for a node';
  if (portal === undefined) return { title, status: 'skip', says: 'its address was not named' };
  const url = `${portal.replace(/\/+$/, '')}/api/octopusservernodes/ping`;
  try {
    const { status, body } = await http.send({ url, timeout, ...(ca === undefined ? {} : { ca }) }, signal);
    if (status !== 200) return { title, status: 'fail', says: `${url} answered ${status}` };
    const { Name } = pingBody.parse(JSON.parse(body));
    const isOurs = nodes.some(({ name }) => name.toLowerCase() === Name.toLowerCase());
    return { title, status: isOurs ? 'pass' : 'fail', says: `${portal} answers as ${Name}` };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Failure) return { title, status: 'fail', says: error.message };
    return { title, status: 'fail', says: `${url} does not answer as a node` };
  }
}

/** What the nodes themselves see of the shared folder. */
async function storageOf(
  cluster: Cluster,
  nodes: readonly Node[],
  newId: () => string,
  signal: AbortSignal,
): Promise<readonly Proof[]> {
  const [addresses, kept] = await cluster.database.ask([machineAddresses, settings], signal);
  const path = kept.get('storage.path');
  const title = 'the nodes share one folder';
  if (path === undefined) return [{ title, status: 'skip', says: 'it is not known where the nodes find it' }];
  const known = nodes.map(async ({ id, name }): Promise<StorageNode> => {
    const address = addresses.get(nodeKey(id));
    if (address === undefined) return { name, shell: undefined, language: 'sh', path };
    const { manager, service } = address;
    const language = manager === 'windows' ? 'powershell' : 'sh';
    const shell = await cluster.shellOn(name, address);
    return { name, shell, language, path, service: { manager, name: service } };
  });
  const proof = await proveShared({ nodes: await Promise.all(known), clock: cluster.clock, newId }, signal);
  return sharedChecks.map(({ id, title, judge }) => {
    const verdict = judge(proof);
    // The machines of a practice cluster are all on this one's disk.
    if (id === 'storage/same-target' && cluster.dialect.engine === 'sqlite' && verdict.status !== 'pass') {
      return { title, status: 'skip', says: 'the machines of a lab have one disk, and it is local' };
    }
    switch (verdict.status) {
      case 'pass':
        return { title, status: 'pass', says: path };
      case 'warn':
      case 'fail':
        return { title, status: 'fail', says: verdict.problem };
      default:
        return { title, status: verdict.status, says: verdict.because };
    }
  });
}
