import { unlessFailure } from '../../errors.js';
import type { ShownCertificate } from '../../ports/network.js';
import { shownAt } from '../certificates/web.js';
import { type ClusterCheck, fail, pass, skip, type Verdict } from '../check.js';
import { endpointOf } from '../network/web.js';
import { pollingPort } from '../tentacles/octopus.js';
import { notKnown } from './samples.js';

interface Shown {
  /** At the polling port of the balancer; `null` where no TLS is spoken. */
  readonly there: Pick<ShownCertificate, 'sha256' | 'subject' | 'distrust'> | null;
  /** At the portal behind the same balancer. */
  readonly portal: string | undefined;
  /** At the polling ports of the nodes that could be asked. */
  readonly nodes: readonly string[];
}

const unbroken = 'Pass TCP 10943 through unread, without a certificate of its own.';

export const pollingUnread: ClusterCheck & { judge(shown: Shown): Verdict } = {
  kind: 'cluster',
  id: 'load-balancer/polling-unread',
  title: 'polling Tentacles meet the certificate of Octopus itself',
  why:
    'Server and Tentacle trust each other by the thumbprints of their own certificates. A balancer that ends TLS on 10943 ' +
    'shows another one, and every polling Tentacle refuses it.',
  cure: { text: unbroken, commands: ['octo-ha lb render --polling'] },
  needs: ['load-balancer/reachable'],
  async run(world, signal) {
    const url = await world.balancer(signal);
    if (url === undefined) return skip(notKnown);
    const { host } = endpointOf(url);
    const at = (address: string) => shownAt(world, address, signal).catch(unlessFailure(signal));
    const open = await world.network.connect(host, pollingPort, signal).then(() => true, unlessFailure(signal));
    if (open === undefined) return skip(`${host}:${pollingPort} is closed: no polling Tentacles come this way`);
    const [there, portal, nodes] = await Promise.all([
      at(polling(url)),
      url.startsWith('https:') ? at(url) : undefined,
      world.status(signal).then(
        async ({ nodes }) =>
          await Promise.all(
            nodes.map(async (node) => {
              const own = await world.webAddress(node, signal).catch(unlessFailure(signal));
              return own === undefined || !URL.canParse(own) ? undefined : await at(polling(own));
            }),
          ),
        (error) => unlessFailure(signal)(error) ?? [],
      ),
    ]);
    const known = nodes.flatMap((shown) => (shown === undefined ? [] : [shown.sha256]));
    return this.judge({ there: there ?? null, portal: portal?.sha256, nodes: known });
  },
  judge({ there, portal, nodes }) {
    if (there === null) return fail('no TLS is spoken there');
    const { sha256, subject, distrust } = there;
    const evidence = { subject, sha256, nodesCompared: nodes.length };
    if (nodes.includes(sha256)) return pass(evidence);
    if (sha256 === portal) return fail(`it shows the certificate of the portal, ${subject}`, { evidence });
    if (nodes.length > 0) return fail(`it shows ${subject}, which is the certificate of no node`, { evidence });
    // Octopus' own is made by itself, so nobody vouches for it.
    if (distrust === null) return fail(`it shows ${subject}, which an authority has signed`, { evidence });
    return pass(evidence);
  },
};

/** Whatever the address, what is asked there is TLS at the polling port. */
function polling(url: string): string {
  const { host } = endpointOf(url);
  return `https://${host.includes(':') ? `[${host}]` : host}:${pollingPort}`;
}
