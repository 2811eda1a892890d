import { timingOf } from '../operations/balancer.js';
import type { Context } from './context.js';

/** A load balancer that does not see by itself that a node drains, and is not told, sends it requests until it stops. */
export async function warnOfBlindBalancer({ balancer, terminal }: Context): Promise<void> {
  const known = await balancer();
  if (known === undefined || timingOf(known).noticed) return;
  terminal.warn(
    `${terminal.err.yellow('warning:')} ${known.type} does not see that a node drains, and nothing tells it: it sends ` +
      'requests until the node stops. Say what is to be done when a node drains: lb.onChange in the context file',
  );
}
