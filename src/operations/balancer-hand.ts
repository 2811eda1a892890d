import type { Node } from '../cluster/node.js';
import { Failure } from '../errors.js';
import { balancedNodes } from './balanced-nodes.js';
import { type ExpectedTiming, timingOf } from './balancer.js';
import type { Cluster } from './cluster.js';
import type { Under } from './control-under.js';
import { type BalancerPorts, type KnownBalancer, tellBalancer } from './tell-balancer.js';

/** The load balancer of the context, as an operation uses it. */
export interface BalancerHand {
  readonly timing: ExpectedTiming;
  /** Something is to be done when a node changes. */
  readonly isTold: boolean;
  /** Answers with what was done; `undefined` where the context names nothing to do. */
  tell(cluster: Cluster, node: string, draining: boolean, signal: AbortSignal): Promise<string | undefined>;
}

export const balancerHand = (known: KnownBalancer, ports: () => Promise<BalancerPorts>): BalancerHand => ({
  timing: timingOf(known),
  isTold: known.onChange !== undefined,
  async tell(cluster, node, draining, signal) {
    const nodes = await balancedNodes(cluster, {}, signal);
    return await tellBalancer(await ports(), known, { nodes, node, draining }, signal);
  },
});

/**
 * Tells the balancer under an operation, once. Where it cannot be told that a node drains, that is said and the operation
 * goes on: the flag stands, and the balancer may have seen the node's own answer by itself. Rejects as *partial* where it
 * cannot be told that a node is back: it would get no requests, and the next one must not be taken away.
 */
export async function tellUnder(
  { cluster, running, balancer, telling }: Under,
  node: Pick<Node, 'id' | 'name'>,
  draining: boolean,
  signal: AbortSignal,
): Promise<void> {
  if (balancer?.isTold !== true) return;
  const words = draining
    ? { action: 'balancer-out', before: 'gets requests', after: 'gets none' }
    : { action: 'balancer-in', before: 'gets none', after: 'gets requests' };
  try {
    await running.act(
      { node, ...words },
      async () => {
        const done = await balancer.tell(cluster, node.name, draining, signal);
        if (done !== undefined) telling.step(`load balancer: ${done}`);
        return { told: done ?? null };
      },
      signal,
    );
  } catch (error) {
    if (!(error instanceof Failure) || signal.aborted) throw error;
    if (!draining) throw notTold(node.name, error);
    telling.step(`the load balancer was not told: ${error.message}`);
  }
}

const notTold = (name: string, { message, cause }: Failure): Failure =>
  new Failure('partial', `the load balancer was not told that ${name} is back, and sends it nothing: ${message}`, {
    hint: 'Mend the load balancer, then run the same command again.',
    cause,
  });
