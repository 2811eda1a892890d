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
  for (let until = cluster.clock.now() + timing.settleUnconfirmed; ; ) {
    const answer = await ping(cluster, node, url, signal);
    if (answer.kind === 'answered' && !answer.draining) {
      await tellUnder(under, node, false, signal);
      return answer;
    }
    const asked = cluster.clock.now();
    if (answer.kind === 'not-asked' || asked >= until) return answer;
    await running.lease.sleep(timing.look, signal);
    await beforeAskingAgain();
    // Through an outage the node has not seen its flag either: its time begins anew.
    const late = cluster.clock.now() - asked - timing.look;
    if (late >= timing.settle) until = cluster.clock.now() + timing.settleUnconfirmed;
  }
}
