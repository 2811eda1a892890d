import * as z from 'zod/mini';
import { parseJson } from '../../cluster/json.js';
import { nodeKey } from '../../cluster/node.js';
import { Failure } from '../../errors.js';
import type { HttpAnswer } from '../../ports/http.js';
import { skip, type Verdict } from '../check.js';
import type { World } from '../world.js';

/** One request through the load balancer. */
export interface Sample {
  /** 0 where there was no answer at all. */
  readonly status: number;
  /** The node that answered, by its own word. */
  readonly node: string | null;
  readonly cookies: readonly string[];
  /** Why there was no answer. */
  readonly why?: string;
}

const body = z.object({ Name: z.string() });

export function toSample({ status, headers, body: text }: HttpAnswer): Sample {
  const parsed = body.safeParse(parseJson(text));
  const header = headers['octopus-node'];
  return {
    status,
    node: parsed.success ? parsed.data.Name : (header ?? null),
    cookies: (headers['set-cookie'] ?? '')
      .split(/,(?=[^;,]+=)/)
      .map((cookie) => cookie.split('=')[0]?.trim() ?? '')
      .filter((name) => name !== ''),
  };
}

const path = 'api/octopusservernodes/ping';

/** Some requests at a time, so that nobody takes them for an attack. */
const atOnce = 4;

/** The same number of pings for every check that counts them. */
export const sampled = (world: World, url: string, signal: AbortSignal): Promise<readonly Sample[]> =>
  world.remember(
    'balancer samples',
    async (within) => {
      const target = below(url, path);
      const samples: Sample[] = [];
      let left = world.limits.balancerRequests;
      const send = async () => {
        while (left-- > 0) samples.push(await ask(world, target, within));
      };
      await Promise.all(Array.from({ length: atOnce }, send));
      return samples;
    },
    signal,
  );

/** A balancer that cuts some connections is a finding, and no reason to give up the others. */
async function ask(world: World, url: string, signal: AbortSignal): Promise<Sample> {
  try {
    return toSample(await world.http.send(request(world, url), signal));
  } catch (error) {
    if (signal.aborted || !(error instanceof Failure)) throw error;
    return { status: 0, node: null, cookies: [], why: error.message };
  }
}

export const answersId = 'load-balancer/answers';

/** Why nothing else can be said of a balancer that lets nothing through: one check tells of it, and no other. */
export const notThrough = `no request is answered through it: ${answersId}`;

/** What a balancer without a node to ask says itself. https://www.rfc-editor.org/rfc/rfc9110#section-15.6.3 */
const ofNobody = [0, 502, 503, 504];

export const isSilent = (samples: readonly Sample[]): boolean =>
  samples.every(({ status }) => ofNobody.includes(status));

export const notKnown = "the load balancer's web address is not known (balancerUrl in the context)";

/** Asks something through the balancer where its address is known and it lets requests through; else skips. */
export async function throughBalancer(
  world: World,
  signal: AbortSignal,
  ask: (url: string) => Promise<Verdict>,
): Promise<Verdict> {
  const url = await world.balancer(signal);
  if (url === undefined) return skip(notKnown);
  if (isSilent(await sampled(world, url, signal))) return skip(notThrough);
  return await ask(url);
}

/** A path below a web address, which may have one of its own. */
export const below = (url: string, path: string): string => new URL(path, url.endsWith('/') ? url : `${url}/`).href;

export const request = ({ timeout, ca }: Pick<World, 'timeout' | 'ca'>, url: string) => ({
  url,
  timeout,
  ...(ca === undefined ? {} : { ca }),
});

/** How often each node answered, by `nodeKey`. */
export function answersByNode(samples: readonly Sample[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { node } of samples) if (node !== null) counts.set(nodeKey(node), (counts.get(nodeKey(node)) ?? 0) + 1);
  return counts;
}
