import type { Node } from '../cluster/node.js';
import { Failure } from '../errors.js';
import { backInService } from './back-in-service.js';
import { controlUnder, flagOrders } from './control-under.js';
import { type Operating, runOperation } from './journal/run-operation.js';
import { outlasting } from './outlasting.js';
import type { Ping } from './ping.js';
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
  { cluster: reached, identity, occasion, balancer, ...continuing }: Operating,
  node: Node,
  { timing }: Look,
  tellStep: (why: string) => void,
  signal: AbortSignal,
): Promise<UndrainResult> {
  const isDown = node.state === 'offline' || node.state === 'stale';
  const begun = { kind: 'undrain', nodes: [node], request: {}, occasion, ...continuing };
  const { result } = await runOperation(reached, identity, begun, signal, async (running) => {
    const telling = { step: tellStep, progress: () => {} };
    const cluster = outlasting(reached, running.lease.sleep, telling.progress);
    const hold = { who: identity.who, why: '', expect: undefined };
    const under = { cluster, running, timing, telling, balancer };
    const { control, url } = await controlUnder(under, node, hold, signal);
    for await (const { why } of reach('in-service', flagOrders(control), signal)) tellStep(why);
    const changed = running.lastDone(node) === 'undrain';
    // Somebody may drain the node again meanwhile, so the flag is looked at together with the ping.
    const look = () => control.observe(signal);
    const answer = await (isDown
      ? ({ kind: 'not-asked', why: `the node is ${node.state}` } as const)
      : backInService(under, node, changed ? url : undefined, signal, look));
    const result: UndrainResult = { operation: running.id, changed, ping: answer };
    return { result, ending: { state: 'done', outcome: { changed, ping: answer } } as const };
  });
  mustFollow(result, node);
  return result;
}

function mustFollow({ operation, ping }: UndrainResult, { name }: Node): void {
  if (ping.kind === 'not-asked' || (ping.kind === 'answered' && !ping.draining)) return;
  const told = ping.kind === 'answered' ? 'its ping still answers 418' : ping.why;
  throw new Failure('unverified', `${name} has its drain flag cleared, but ${told}`, {
    hint: `The load balancer sends it nothing until it follows. Look again with: octo-ha node show ${name}`,
    details: { operation, ping },
  });
}
