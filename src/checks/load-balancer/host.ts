import * as z from 'zod/mini';
import { parseJson } from '../../cluster/json.js';
import { type ClusterCheck, fail, pass, skip, type Verdict, warn } from '../check.js';
import { below, request, throughBalancer } from './samples.js';

interface Led {
  /** The load balancer's web address. */
  readonly url: string;
  /** Whole addresses that answers lead to, with what was asked for. */
  readonly places: readonly { readonly asked: string; readonly place: string }[];
}

const linked = z.object({ Links: z.record(z.string(), z.string()) });

/** What people and programs begin with. */
const paths = ['', 'app', 'api'];

/** No name that somebody outside could use. */
const isInner = (host: string): boolean => !host.includes('.') || /^[\d.]+$/.test(host) || host.startsWith('[');

export const host: ClusterCheck & { judge(led: Led): Verdict } = {
  kind: 'cluster',
  id: 'load-balancer/host',
  title: 'redirects and links stay at the address that was asked for',
  why:
    "A balancer that puts the node's name, or its own for the pool, in the place of the Host that was asked for, or does " +
    'not say that https was, leads people to an address that they cannot reach, or to plain http. It shows only where ' +
    'an answer names a whole address.',
  cure: {
    text: 'Pass on Host as it came, and set X-Forwarded-Proto and X-Forwarded-Host.',
    commands: ['octo-ha lb render'],
  },
  needs: ['load-balancer/reachable'],
  async run(world, signal) {
    return await throughBalancer(world, signal, async (url) => {
      const places = await Promise.all(
        paths.map(async (path) => {
          const { headers, body } = await world.http.send(request(world, below(url, path)), signal);
          const links = linked.safeParse(parseJson(body));
          const named = [headers['location'], ...(links.success ? Object.values(links.data.Links) : [])];
          return named
            .filter((place) => place !== undefined && /^https?:\/\//i.test(place) && URL.canParse(place))
            .map((place = '') => ({ asked: `/${path}`, place }));
        }),
      );
      return this.judge({ url, places: places.flat() });
    });
  },
  judge({ url, places }) {
    if (places.length === 0)
      return skip('no answer names a whole address, which would show the Host that the node saw');
    const { origin, hostname } = new URL(url);
    const away = places.find(({ place }) => new URL(place).origin !== origin);
    if (away === undefined) return pass({ places: [...new Set(places.map(({ place }) => place))] });
    const to = new URL(away.place);
    const problem = `GET ${away.asked} leads to ${to.origin}`;
    // A whole name of somebody else may be where people log in.
    return to.hostname === hostname || isInner(to.hostname) ? fail(problem) : warn(problem);
  },
};
