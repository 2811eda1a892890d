import { nodeAddresses } from '../database/queries/node-addresses.js';
import { Failure } from '../errors.js';
import type { BalancedNode } from '../load-balancer/balancer.js';
import type { Cluster } from './cluster.js';
import { findNode } from './find-node.js';
import { addressOf } from './ping.js';
import { readStatus } from './read-status.js';

/** The registered nodes as a load balancer reaches them. Rejects, by name, nodes whose web address is not known. */
export async function balancedNodes(
  cluster: Cluster,
  { without = [] }: { readonly without?: readonly string[] | undefined },
  signal: AbortSignal,
): Promise<readonly BalancedNode[]> {
  const [{ nodes }, [addresses]] = await Promise.all([
    readStatus(cluster, signal),
    cluster.database.ask([nodeAddresses], signal),
  ]);
  const left = new Set(without.map((name) => findNode(nodes, name).id));
  const found = nodes
    .filter(({ id }) => !left.has(id))
    .map((node) => ({ node, url: addressOf(cluster, node, addresses) }));
  const unknown = found.filter(({ url }) => url === undefined).map(({ node }) => node.name);
  if (unknown.length > 0) throw unknownAddresses(unknown);
  return found.map(({ node: { name, draining, taskCap }, url = '' }) => ({
    name,
    url,
    drained: draining,
    uiOnly: taskCap === 0,
  }));
}

const unknownAddresses = (names: readonly string[]) =>
  new Failure('usage', `the web address of ${names.join(', ')} is not known`, {
    hint:
      'Say where the nodes are in the context file, as nodeUrl: https://{name}.example.com:443, or for one node: ' +
      `octo-ha node set ${names[0]} --url https://…`,
    details: { nodes: names },
  });
