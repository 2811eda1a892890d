import type { Node } from '../cluster/node.js';
import { nodeAddresses } from '../database/queries/node-addresses.js';
import { Failure } from '../errors.js';
import type { Cluster } from './cluster.js';
import { controlNode } from './node-control.js';
import { addressOf, type Ping, ping } from './ping.js';
import { reach } from './reach.js';
import type { Look } from './read-status.js';

export interface UndrainResult {
  readonly changed: boolean;
  /** What the node's own ping told in the end. */
  readonly ping: Ping;
}

/** Gives a node tasks again, and waits until its own ping follows. Rejects as *unverified* when the ping contradicts. */
export async function undrain(
  cluster: Cluster,
  node: Node,
  { timing }: Look,
  tellStep: (why: string) => void,
  signal: AbortSignal,
): Promise<UndrainResult> {
  const { clock, database } = cluster;
  const control = controlNode(cluster, node, timing, () => {});
  let changed = false;
  for await (const { why } of reach('in-service', control, signal)) {
    tellStep(why);
    changed = true;
  }
  const [addresses] = await database.ask([nodeAddresses], signal);
  const url = addressOf(cluster, node, addresses);
  const started = clock.now();
  for (;;) {
    const answer = await ping(cluster, node, url, signal);
    if (answer.kind === 'not-asked' || (answer.kind === 'answered' && !answer.draining))
      return { changed, ping: answer };
    if (clock.now() - started >= timing.settleUnconfirmed) {
      if (answer.kind !== 'answered') return { changed, ping: answer };
      throw new Failure('unverified', `${node.name} has its drain flag cleared but its ping still answers 418`, {
        hint: `The load balancer sends it nothing until it follows. Look again with: octo-ha node show ${node.name}`,
      });
    }
    await clock.sleep(Math.min(timing.look, 1_000), signal);
  }
}
