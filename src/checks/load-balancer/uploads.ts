import { type ClusterCheck, fail, pass, unknown, type Verdict } from '../check.js';
import { below, request, throughBalancer } from './samples.js';

/** Packages of this size are uploaded; the smaller ones find where a limit is. */
const sizes = [
  [5 * 1024 ** 3, '5 GB'],
  [1024 ** 3, '1 GB'],
  [100 * 1024 ** 2, '100 MB'],
  [10 * 1024 ** 2, '10 MB'],
  [1024 ** 2, '1 MB'],
] as const;

/** More than the megabyte that balancers let through by default, and really sent. */
const sent = 5 * 1024 ** 2;

interface Uploads {
  /** What an upload of nothing is answered with. */
  readonly empty: number;
  /** The same for 5 MB. */
  readonly sent: number;
  /** Sizes that were announced, the largest first, until one was let through: 100 asks for the body. */
  readonly announced: readonly { readonly size: string; readonly status: number }[];
}

/** IIS says 404 for what is too large: https://learn.microsoft.com/iis/configuration/system.webserver/security/requestfiltering/requestlimits/ */
const refused = (status: number, empty: number): boolean =>
  status === 413 || (status >= 400 && status < 500 && status !== empty);

export const uploads: ClusterCheck & { judge(uploads: Uploads): Verdict } = {
  kind: 'cluster',
  id: 'load-balancer/uploads',
  deadline: 60_000,
  title: 'the load balancer lets large packages through',
  why:
    'Packages of a gigabyte are usual; many balancers refuse bodies of more than 1 to 30 MB. 5 GB are announced and not ' +
    'sent, 5 MB are sent, all without a key, so nothing is stored.',
  cure: {
    text: 'Raise the limit of the body: client_max_body_size, maxAllowedContentLength and the like.',
    commands: ['octo-ha lb render'],
  },
  needs: ['load-balancer/reachable'],
  async run(world, signal) {
    return await throughBalancer(world, signal, async (url) => {
      const upload = async (more: { readonly body?: string; readonly announces?: number }) => {
        const target = { ...request(world, below(url, 'api/packages/raw')), method: 'POST' as const };
        return (await world.http.send({ ...target, ...more }, signal)).status;
      };
      const empty = await upload({});
      const announced: { size: string; status: number }[] = [];
      for (const [announces, size] of sizes) {
        const status = await upload({ announces });
        announced.push({ size, status });
        if (!refused(status, empty)) break;
      }
      return this.judge({ empty, announced, sent: await upload({ body: '0'.repeat(sent) }) });
    });
  },
  judge({ empty, announced, sent }) {
    const evidence = {
      announced: announced.map(({ size, status }) => `${size}: ${status}`),
      sent: `5 MB: ${sent}`,
      empty,
    };
    const [largest] = announced;
    if (largest !== undefined && refused(largest.status, empty)) {
      const through = announced.find(({ status }) => status === 100 || status === empty);
      const rest = through === undefined ? '' : `; ${through.size} is let through`;
      return fail(`5 GB are refused with ${largest.status}${rest}`, { evidence });
    }
    if (refused(sent, empty)) return fail(`5 MB were refused with ${sent}`, { evidence });
    const odd = [largest?.status, sent].find((status) => status !== 100 && status !== empty);
    return odd === undefined
      ? pass(evidence)
      : unknown(`uploads are answered with ${odd}, and empty ones with ${empty}`, evidence);
  },
};
