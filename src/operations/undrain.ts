import type { Node } from '../cluster/node.js';
import { Failure } from '../errors.js';
import { tellUnder } from './balancer-hand.js';
import { controlUnder, flagOrders } from './control-under.js';
import { type Operating, runOperation } from './journal/run-operation.js';
import type { Running } from './journal/running.js';
import type { ControlledNode } from './node-control.js';
import { type Ping, ping } from './ping.js';
import { reach } from './reach.js';
import type { Look } from './read-status.js';

export interface UndrainResult {
  readonly operation: string;
  readonly changed: boolean;
  /** What the node's own ping told in the end; of a node that is offline it is not asked. */
  readonly ping: Ping;
}

/** Clears the drain flag, and waits until the node's own ping follows. Rejects as *unverified* where it does not. */
export async function undrain(
  { cluster, identity, occasion, balancer, ...continuing }: Operating,
  node: Node,
  { timing }: Look,
  tellStep: (why: string) => void,
  signal: AbortSignal,
): Promise<UndrainResult> {
  const { clock } = cluster;
  const begun = { kind: 'undrain', nodes: [node], request: {}, occasion, ...continuing };
  const { result } = await runOperation(cluster, identity, begun, signal, async (running) => {
    const telling = { step: tellStep, progress: () => {} };
    const hold = { who: identity.who, why: '', expect: undefined };
    const { control, url } = await controlUnder({ cluster, running, timing, telling, balancer }, node, hold, signal);
    for await (const { why } of reach('in-service', flagOrders(control), signal)) tellStep(why);
    const changed = running.lastDone(node) === 'undrain';
    const answer = await pingFollows(control, running, changed ? url : undefined);
    if (changed && answer.kind === 'answered' && !answer.draining) {
      await tellUnder({ cluster, running, timing, telling, balancer }, node, false, signal);
    }
    const result: UndrainResult = { operation: running.id, changed, ping: answer };
    return { result, ending: { state: 'done', outcome: { changed, ping: answer } } as const };
  });
  mustFollow(result, node);
  return result;

  /** Somebody may drain the node again meanwhile, so the flag is looked at together with the ping. */
  async function pingFollows(control: ControlledNode, { lease }: Running, url: string | undefined): Promise<Ping> {
    if (node.state === 'offline' || node.state === 'stale')
      return { kind: 'not-asked', why: `the node is ${node.state}` };
    for (const until = clock.now() + timing.settleUnconfirmed; ; ) {
      const answer = await ping(cluster, node, url, signal);
      if (answer.kind === 'not-asked' || (answer.kind === 'answered' && !answer.draining)) return answer;
      if (clock.now() >= until) return answer;
      await lease.sleep(timing.look, signal);
      await control.observe(signal);
    }
  }
}

function mustFollow({ operation, ping }: UndrainResult, { name }: Node): void {
  if (ping.kind === 'not-asked' || (ping.kind === 'answered' && !ping.draining)) return;
  const told = ping.kind === 'answered' ? 'its ping still answers 418' : ping.why;
  throw new Failure('unverified', `${name} has its drain flag cleared, but ${told}`, {
    hint: `The load balancer sends it nothing until it follows. Look again with: octo-ha node show ${name}`,
    details: { operation, ping },
  });
}
