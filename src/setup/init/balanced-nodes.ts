import { nodeAddresses } from '../../database/queries/node-addresses.js';
import { nodeRecords } from '../../database/queries/nodes.js';
import type { Cluster } from '../../operations/cluster.js';
import { addressOf } from '../../operations/ping.js';

/** Every registered node with its own web address, where that is known. */
export async function nodeAddressesOf(
  cluster: Cluster,
  signal: AbortSignal,
): Promise<readonly { readonly name: string; readonly url: string | undefined }[]> {
  const [nodes, addresses] = await cluster.database.ask([nodeRecords, nodeAddresses], signal);
  return nodes.map((node) => ({ name: node.name, url: addressOf(cluster, node, addresses) }));
}
