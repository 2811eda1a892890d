import { formatDuration } from '../../cluster/duration.js';
import type { ShownCertificate } from '../../ports/network.js';
import { type Check, type CheckId, fail, type Judging, pass, type Remedy, skip, type Verdict, warn } from '../check.js';
import { ours } from '../limits.js';
import { endpointOf } from '../network/web.js';
import type { World } from '../world.js';

/** What a certificate must be like; asked of every node, and of the load balancer. */
interface Demand {
  readonly name: string;
  title(whose: string): string;
  readonly why: string;
  readonly cure: Remedy;
  judge(shown: ShownCertificate, judging: Judging): Verdict;
}

const renew: Remedy = {
  text: "Renew it, with the whole chain. Octopus' own Let's Encrypt integration does not work in a cluster.",
  commands: [
    'Octopus.Server ssl-certificate --instance INSTANCE --ip-address 0.0.0.0 --port 443 --certificate-store My --thumbprint THUMBPRINT',
  ],
};

export const demands: readonly Demand[] = [
  {
    name: 'valid',
    title: (whose) => `${whose} certificate does not expire soon`,
    why: 'An expired certificate takes the portal and every script away at one moment, on all nodes that share it.',
    cure: renew,
    judge({ validFrom, validTo, subject }, { limits, now }) {
      const evidence = { subject, validFrom: validFrom.toISOString(), validTo: validTo.toISOString() };
      const left = validTo.getTime() - now.getTime();
      if (left <= 0) return fail(`it expired ${formatDuration(-left)} ago`, { evidence });
      if (validFrom > now) return fail(`it is not valid before ${validFrom.toISOString()}`, { evidence });
      const problem = `it expires in ${formatDuration(left)}`;
      if (left < limits.certificateFail) return fail(`${problem} ${ours(limits, 'certificateFail')}`, { evidence });
      if (left < limits.certificateWarn) return warn(`${problem} ${ours(limits, 'certificateWarn')}`, { evidence });
      return pass(evidence);
    },
  },
  {
    name: 'named',
    title: (whose) => `${whose} certificate is for its name`,
    why: 'Clients refuse a certificate for another name; monitoring that ignores it sees nothing.',
    cure: { text: "Have it made out for every name that is used: the balancer's, and each node's own." },
    judge: ({ matches, names, subject }) =>
      matches ? pass({ names }) : fail(`it is for ${names.join(', ') || subject}`, { evidence: { names } }),
  },
  {
    name: 'trusted',
    title: (whose) => `${whose} certificate is trusted, chain included`,
    why: 'A server that does not send its intermediate certificates works in browsers that have met them, and fails in scripts.',
    cure: { text: 'Send the whole chain; or name the authority as ca in the context, if it is your own.' },
    judge({ distrust, issuer, chain, validFrom, validTo }, { now }) {
      if (distrust === null) return pass({ issuer, chain });
      // One of its chain may have expired, too: that is told here.
      if (/EXPIRED|NOT_YET_VALID/.test(distrust) && (validTo <= now || validFrom > now))
        return skip('it is out of its time, and is trusted for nothing');
      return fail(`it is not trusted (${distrust}); its issuer is ${issuer}`, { evidence: { issuer, chain } });
    },
  },
  {
    name: 'protocol',
    title: (whose) => `${whose} TLS is 1.2 or later`,
    why: 'Octopus needs TLS 1.2 at least; older ones are refused by current clients.',
    cure: { text: 'Enable TLS 1.2 and 1.3, and disable what is older.' },
    judge: ({ protocol }) => (/^TLSv1\.[23]$/.test(protocol) ? pass({ protocol }) : fail(`it speaks ${protocol}`)),
  },
  {
    name: 'key',
    title: (whose) => `${whose} certificate has a key of sufficient length`,
    why: 'An RSA key below 2048 bits is refused by current clients.',
    cure: renew,
    judge({ keyType, keyBits }) {
      if (keyType === null) return skip('the kind of its key is not known');
      const evidence = { keyType, keyBits };
      return keyType === 'rsa' && (keyBits ?? 0) < 2048
        ? fail(`its RSA key has ${keyBits} bits`, { evidence })
        : pass(evidence);
    },
  },
];

/** The certificate at a web address, looked at once. */
export const shownAt = (world: World, url: string, signal: AbortSignal): Promise<ShownCertificate> => {
  const { host, port } = endpointOf(url);
  return world.remember(
    `certificate ${host}:${port}`,
    (within) => world.network.certificate(host, port, world.ca, within),
    signal,
  );
};

const judged = (world: World) => ({ limits: world.limits, now: new Date(world.clock.now()) });

const ofNode = ({ name, title, why, cure, judge }: Demand): Check => ({
  kind: 'node',
  from: 'admin',
  id: `certificates/node-${name}` as CheckId,
  title: title("the node's"),
  why,
  cure,
  needs: ['network/web-port'],
  async run(world, node, signal) {
    const url = await world.webAddress(node, signal);
    if (url === undefined) return skip(`the web address of ${node.name} is not known`);
    if (!url.startsWith('https:')) return skip('its web address is plain HTTP');
    return judge(await shownAt(world, url, signal), judged(world));
  },
});

const ofBalancer = ({ name, title, why, cure, judge }: Demand): Check => ({
  kind: 'cluster',
  id: `certificates/balancer-${name}` as CheckId,
  title: title("the load balancer's"),
  why,
  cure,
  needs: ['load-balancer/reachable'],
  async run(world, signal) {
    const url = await world.balancer(signal);
    if (url === undefined) return skip("the load balancer's web address is not known");
    if (!url.startsWith('https:')) return skip("the load balancer's web address is plain HTTP");
    return judge(await shownAt(world, url, signal), judged(world));
  },
});

export const certificateChecks: readonly Check[] = [...demands.map(ofNode), ...demands.map(ofBalancer)];
