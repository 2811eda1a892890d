import { formatDuration } from '../../cluster/duration.js';
import { Failure } from '../../errors.js';
import { type ClusterCheck, fail, type Judging, pass, skip, type Verdict } from '../check.js';
import { ours } from '../limits.js';
import { below, request, throughBalancer } from './samples.js';

interface Waited {
  readonly path: string;
  /** `null` where the connection was cut, or the limit is over and it is still open. */
  readonly status: number | null;
  readonly open: boolean;
  /** Milliseconds. */
  readonly took: number;
}

/** What a balancer says that has waited long enough. */
const givenUp = new Set([408, 502, 503, 504]);

export const longRequests: ClusterCheck & { judge(waited: Waited, judging: Judging): Verdict } = {
  kind: 'cluster',
  id: 'load-balancer/long-requests',
  deadline: 30 * 60_000,
  title: 'the load balancer waits for requests that take long',
  why:
    'Large uploads and heavy reports are silent for minutes, and many balancers give up after 30 or 60 seconds. Octopus ' +
    'has no page that is slow on purpose: name one that is in your cluster, such as a report over a long time.',
  cure: {
    text: 'Raise the time that it waits for an answer: proxy_read_timeout, timeout server, the idle time-out and the like.',
    commands: ['octo-ha lb render'],
  },
  needs: ['load-balancer/reachable'],
  async run(world, signal) {
    const { slowPath, clock, limits } = world;
    if (slowPath === undefined) {
      return skip('no path is known that takes long (doctor.slowPath in the context, or lb verify --slow-path)');
    }
    return await throughBalancer(world, signal, async (url) => {
      const begun = clock.now();
      const target = { ...request(world, below(url, slowPath.slice(1))), timeout: limits.longRequest + 1_000 };
      const status = await world.http.send(target, signal).then(
        (answer) => answer.status,
        (error) => {
          if (signal.aborted || !(error instanceof Failure)) throw error;
          return null;
        },
      );
      const took = clock.now() - begun;
      const judged = { path: slowPath, status, open: status === null && took >= limits.longRequest, took };
      return this.judge(judged, { limits, now: new Date(begun) });
    });
  },
  judge({ path, status, open, took }, { limits }) {
    const evidence = { path, status, tookMs: took };
    if (open || (status !== null && took >= limits.longRequest)) return pass(evidence);
    if (status === null) return fail(`${path} was cut off after ${formatDuration(took)}`, { evidence });
    if (givenUp.has(status))
      return fail(`${path} was given up after ${formatDuration(took)} with ${status}`, { evidence });
    return skip(
      `${path} was answered with ${status} after ${formatDuration(took)}, too soon to tell ${ours(limits, 'longRequest')}`,
    );
  },
};
