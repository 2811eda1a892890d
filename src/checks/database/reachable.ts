import { formatDuration } from '../../cluster/duration.js';
import { databaseTime } from '../../database/queries/clock.js';
import { Failure } from '../../errors.js';
import { type ClusterCheck, fail, type Judging, pass, skip, type Verdict, warn } from '../check.js';
import { statusCheck } from '../kinds.js';
import { ours } from '../limits.js';

const reachable: ClusterCheck = {
  kind: 'cluster',
  id: 'database/reachable',
  title: "the cluster's database answers this machine",
  why: "Everything else is read from it: a real login, then nodes, tasks and octo-ha's own tables in one round trip.",
  cure: { text: 'Find out what is in the way.', commands: ['octo-ha database test'] },
  async run(world, signal) {
    try {
      const { server, database, serverVersion, login } = await world.catalogue(signal);
      await world.status(signal);
      return pass({ server, database, serverVersion, login });
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return fail(error.message, error.hint === undefined ? {} : { remedy: { text: error.hint } });
    }
  },
};

const knownShape = statusCheck({
  id: 'database/known-shape',
  title: "Octopus' tables have a shape that octo-ha knows",
  why: 'octo-ha writes only to tables whose every column it knows, so that a new version of Octopus is never harmed.',
  cure: { text: 'octo-ha goes on reading. Update octo-ha before it changes anything in this cluster.' },
  judge: ({ oddities }) => (oddities.length === 0 ? pass() : warn(oddities.join('; '), { evidence: { oddities } })),
});

/** What three round trips told: how long the fastest took, and how far the database's clock was ahead. */
interface RoundTrip {
  readonly tookMs: number;
  readonly aheadMs: number;
}

const measured = {
  kind: 'cluster',
  needs: ['database/reachable'],
  async run(world, signal) {
    let best: RoundTrip = { tookMs: Number.POSITIVE_INFINITY, aheadMs: 0 };
    for (let i = 0; i < 3; i++) {
      const before = world.clock.now();
      const [at] = await world.database.ask([databaseTime], signal);
      const tookMs = world.clock.now() - before;
      if (tookMs < best.tookMs) best = { tookMs, aheadMs: Math.round(at.getTime() - (before + tookMs / 2)) };
    }
    return this.judge(best, { limits: world.limits, now: new Date(world.clock.now()) });
  },
} satisfies Pick<ClusterCheck, 'kind' | 'needs'> & ThisType<Measured> & Record<'run', ClusterCheck['run']>;

interface Measured extends ClusterCheck {
  judge(facts: RoundTrip, judging: Judging): Verdict;
}

const roundTrip: Measured = {
  ...measured,
  id: 'database/round-trip',
  title: 'a round trip to the database is short',
  async run(world, signal) {
    if (world.engine !== 'sql-server') return skip('a lab on SQLite has no network to its database');
    return measured.run.call(this, world, signal);
  },
  why:
    'Octopus asks for nodes, database and storage in one data centre or region, without naming a number: every step of ' +
    'a deployment is many round trips. Measured from this machine, the fastest of three.',
  cure: {
    text: 'Run octo-ha near the cluster to compare; then look at the network between, and at the load of the server.',
  },
  judge({ tookMs }, { limits }) {
    const evidence = { roundTripMs: Math.round(tookMs) };
    const problem = `the fastest of three round trips took ${formatDuration(tookMs)}`;
    if (tookMs > limits.roundTripFail) return fail(`${problem} ${ours(limits, 'roundTripFail')}`, { evidence });
    if (tookMs > limits.roundTripWarn) return warn(`${problem} ${ours(limits, 'roundTripWarn')}`, { evidence });
    return pass(evidence);
  },
};

const clock: Measured = {
  ...measured,
  id: 'database/clock',
  title: "the database's clock agrees with this machine's",
  why: 'Heartbeats, queue times and leases are compared by time. Ages are computed by the database; logs are not.',
  cure: { text: 'Let both take their time from the same source (NTP, or the domain).' },
  judge({ aheadMs, tookMs }, { limits }) {
    // The middle of a round trip may be off by half of it.
    const difference = Math.max(0, Math.abs(aheadMs) - tookMs / 2);
    const evidence = { aheadMs };
    const way = aheadMs > 0 ? 'ahead of' : 'behind';
    const problem = `the database is ${formatDuration(difference)} ${way} this machine`;
    if (difference > limits.clockFail) return fail(`${problem} ${ours(limits, 'clockFail')}`, { evidence });
    if (difference > limits.clockWarn) return warn(`${problem} ${ours(limits, 'clockWarn')}`, { evidence });
    return pass(evidence);
  },
};

export const reachableChecks = [reachable, knownShape, roundTrip, clock] as const;
