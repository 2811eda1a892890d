import * as z from 'zod/mini';
import { parseJson } from '../cluster/json.js';
import { type Node, nodeKey } from '../cluster/node.js';
import { Failure } from '../errors.js';
import type { Cluster } from './cluster.js';

/** What a node's own ping tells. Only `answered` is evidence; everything else is *unknown*, with the reason. */
export type Ping =
  | { readonly kind: 'answered'; readonly draining: boolean }
  | { readonly kind: 'not-asked'; readonly why: string }
  | { readonly kind: 'unreachable'; readonly why: string }
  | { readonly kind: 'unclear'; readonly why: string };

const body = z.object({ Name: z.string(), IsInMaintenanceMode: z.boolean(), IsOffline: z.optional(z.boolean()) });

/** https://octopus.com/docs/administration/high-availability/load-balancing */
const path = '/api/octopusservernodes/ping';

/** Asks a node for itself: 200 is in service, 418 with its name and flag is draining, and nothing else is either. */
export async function ping(
  { http, ca, timeout }: Cluster,
  node: Pick<Node, 'name'>,
  url: string | undefined,
  signal: AbortSignal,
): Promise<Ping> {
  if (url === undefined) return { kind: 'not-asked', why: 'its web address is not known' };
  const target = pingAddress(url);
  if (target === undefined) return { kind: 'not-asked', why: `its address ${url} is no web address` };
  try {
    const answer = await http.send({ url: target, timeout, ...(ca === undefined ? {} : { ca }) }, signal);
    return judgePing(answer, node.name);
  } catch (error) {
    if (error instanceof Failure && error.kind === 'unreachable') return { kind: 'unreachable', why: error.message };
    throw error;
  }
}

/** The portal may live in a virtual directory, so the path is added to the address's own. */
function pingAddress(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const address = new URL(url);
  if (address.protocol !== 'http:' && address.protocol !== 'https:') return undefined;
  address.pathname = address.pathname.replace(/\/*$/, path);
  return address.href;
}

/** Where a node's ping is asked: its own address kept with the cluster, else the context's pattern. */
export function addressOf(
  { nodeUrl }: Pick<Cluster, 'nodeUrl'>,
  node: Pick<Node, 'id' | 'name'>,
  addresses: ReadonlyMap<string, string>,
): string | undefined {
  return addresses.get(nodeKey(node.id)) ?? nodeUrl?.replaceAll('{name}', node.name);
}

export function judgePing(answer: { readonly status: number; readonly body: string }, name: string): Ping {
  const unclear = (why: string): Ping => ({ kind: 'unclear', why });
  if (answer.status !== 200 && answer.status !== 418) return unclear(`its ping answered ${answer.status}`);
  const parsed = body.safeParse(parseJson(answer.body));
  if (!parsed.success) return unclear(`its ping answered ${answer.status} without a node's description`);
  const { Name, IsInMaintenanceMode, IsOffline } = parsed.data;
  if (nodeKey(Name) !== nodeKey(name)) return unclear(`its address answers as ${Name}`);
  if (answer.status === 200 && IsInMaintenanceMode) return unclear('its ping answered 200 and says it is draining');
  if (answer.status === 418 && !IsInMaintenanceMode) {
    return unclear(`its ping answered 418 and says it is ${IsOffline === true ? 'offline' : 'not draining'}`);
  }
  return { kind: 'answered', draining: IsInMaintenanceMode };
}
