import { type Check, type CheckId, subjectOf } from '../checks/check.js';
import { answersByNode, sampled } from '../checks/load-balancer/samples.js';
import { endpointOf } from '../checks/network/web.js';
import type { World } from '../checks/world.js';
import { type Node, nodeKey } from '../cluster/node.js';
import { unlessFailure } from '../errors.js';
import type { Http } from '../ports/http.js';
import type { Network } from '../ports/network.js';

/** What a run sends to the load balancer. */
export interface Sent {
  requests: number;
  /** Connections without a request: open ports and certificates. */
  connections: number;
}

/** The same ports, which count what goes to the load balancer. */
export function counting({ http, network }: { readonly http: Http; readonly network: Network }, url: string) {
  const sent: Sent = { requests: 0, connections: 0 };
  const { origin } = new URL(url);
  const { host } = endpointOf(url);
  const connected = (to: string) => {
    if (to === host) sent.connections++;
  };
  const counted: { readonly http: Http; readonly network: Network } = {
    http: {
      send(request, signal) {
        if (new URL(request.url).origin === origin) sent.requests++;
        return http.send(request, signal);
      },
    },
    network: {
      lookup: (name, signal) => network.lookup(name, signal),
      connect(to, port, signal) {
        connected(to);
        return network.connect(to, port, signal);
      },
      certificate(to, port, ca, signal) {
        connected(to);
        return network.certificate(to, port, ca, signal);
      },
    },
  };
  return { ...counted, sent };
}

/** What Octopus knows of its own address is asked of its API, and not of the load balancer. */
const asksOctopus: CheckId = 'load-balancer/public-url';

/** What doctor has to say of a load balancer, its certificate included. */
export const isOfBalancer = (check: Check): boolean =>
  (subjectOf(check) === 'load-balancer' && check.id !== asksOctopus) || check.id.startsWith('certificates/balancer-');

/** How a node stands, and how often it answered. */
export interface Share {
  readonly name: string;
  /** `null` for one that is not registered, or where the nodes are not known. */
  readonly state: Node['state'] | null;
  readonly answers: number;
}

export interface Shares {
  readonly nodes: readonly Share[];
  /** Answers that name no node. */
  readonly unnamed: number;
  readonly asked: number;
}

/** From the same pings that the checks judge; `undefined` where none could be sent. */
export async function sharesOf(world: World, url: string, signal: AbortSignal): Promise<Shares | undefined> {
  const samples = await sampled(world, url, signal).catch(unlessFailure(signal));
  if (samples === undefined) return undefined;
  const nodes = (await world.status(signal).catch(unlessFailure(signal)))?.nodes ?? [];
  const counts = new Map(answersByNode(samples));
  const known = nodes.map(({ name, state }) => {
    const answers = counts.get(nodeKey(name)) ?? 0;
    counts.delete(nodeKey(name));
    return { name, state, answers };
  });
  const others = [...counts].map(([name, answers]) => ({ name, state: null, answers }));
  return {
    nodes: [...known, ...others],
    unnamed: samples.filter(({ node }) => node === null).length,
    asked: samples.length,
  };
}
