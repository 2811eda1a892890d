import type { Node } from '../cluster/node.js';
import { nodeAddresses } from '../database/queries/node-addresses.js';
import { Failure } from '../errors.js';
import { flagWriter } from './flag-change.js';
import type { Lease } from './journal/lease.js';
import { type Operating, runOperation } from './journal/run-operation.js';
import { controlNode } from './node-control.js';
import { addressOf, type Ping, ping } from './ping.js';
import { reach } from './reach.js';
import type { Look } from './read-status.js';

export interface UndrainResult {
  readonly operation: string;
  readonly changed: boolean;
  /** What the node's own ping told in the end. */
  readonly ping: Ping;
}

/** Gives a node tasks again, and waits until its own ping follows. Rejects as *unverified* when the ping contradicts. */
export async function undrain(
  { cluster, identity, occasion }: Operating,
  node: Node,
  { timing }: Look,
  tellStep: (why: string) => void,
  signal: AbortSignal,
): Promise<UndrainResult> {
  const { database, clock } = cluster;
  const begun = { kind: 'undrain', nodes: [node], request: {}, occasion };
  const hold = { who: identity.who, why: '', expect: undefined };
  const { result } = await runOperation(cluster, identity, begun, signal, async (running) => {
    const { sleep } = running.lease;
    const control = controlNode(cluster, node, timing, {
      write: flagWriter(running, node, hold),
      sleep,
      tell: () => {},
    });
    let changed = false;
    for await (const { why } of reach('in-service', control, signal)) {
      tellStep(why);
      changed = true;
    }
    const [addresses] = await database.ask([nodeAddresses], signal);
    const answer = await pingFollows(addressOf(cluster, node, addresses), sleep);
    const result: UndrainResult = { operation: running.id, changed, ping: answer };
    return { result, ending: { state: 'done', outcome: { changed, ping: answer } } as const };
  });
  return result;

  async function pingFollows(url: string | undefined, sleep: Lease['sleep']): Promise<Ping> {
    const started = clock.now();
    for (;;) {
      const answer = await ping(cluster, node, url, signal);
      if (answer.kind === 'not-asked' || (answer.kind === 'answered' && !answer.draining)) return answer;
      if (clock.now() - started >= timing.settleUnconfirmed) {
        if (answer.kind !== 'answered') return answer;
        throw new Failure('unverified', `${node.name} has its drain flag cleared but its ping still answers 418`, {
          hint: `The load balancer sends it nothing until it follows. Look again with: octo-ha node show ${node.name}`,
        });
      }
      await sleep(Math.min(timing.look, 1_000), signal);
    }
  }
}
