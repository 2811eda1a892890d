import type { Node } from '../cluster/node.js';
import { tellUnder } from './balancer-hand.js';
import type { Under } from './control-under.js';
import { type Ping, ping } from './ping.js';

/**
 * Waits until the node's own ping follows a flag that was cleared, as long as one takes that nobody confirms, and tells
 * the load balancer then, and not before: a balancer that is told believes it. Answers with what the ping told last.
 */
export async function backInService(
  under: Under,
  node: Pick<Node, 'id' | 'name'>,
  url: string | undefined,
  signal: AbortSignal,
  beforeAskingAgain: () => Promise<unknown> = async () => {},
): Promise<Ping> {
  const { cluster, running, timing } = under;
  for (const until = cluster.clock.now() + timing.settleUnconfirmed; ; ) {
    const answer = await ping(cluster, node, url, signal);
    if (answer.kind === 'answered' && !answer.draining) {
      await tellUnder(under, node, false, signal);
      return answer;
    }
    if (answer.kind === 'not-asked' || cluster.clock.now() >= until) return answer;
    await running.lease.sleep(timing.look, signal);
    await beforeAskingAgain();
  }
}
