import { contest, stoppedOwner } from '../support/chaos/contenders.js';
import { type KillableLab, killableLab } from '../support/chaos/killable-lab.js';
import { type Kind, killedRuns, type Victim } from '../support/chaos/killed-run.js';
import { rollingRestart } from '../support/chaos/rolling-restart.js';
import { worldRun } from '../support/chaos/world-run.js';
import { pick, seeded } from '../support/seeded.js';
import type { ChaosPart, Result } from './part.js';

/** How many operations are killed in one process and over real ones, how many races, and milliseconds of an outage. */
const [inProcess, real, contests, cutFor] = [470, 30, 100, 30_000];

async function withLab<T>(use: (lab: KillableLab) => Promise<T>, balancer: 'none' | 'haproxy' = 'none'): Promise<T> {
  await using lab = await killableLab(balancer);
  return await use(lab);
}

const victims: readonly [Victim, ...Victim[]] = ['command', 'command', 'command', 'machines', 'node'];

/**
 * Hundreds of operations that are killed at random moments and gone on with, over simulated time in one process and over
 * real processes of labs; two processes at once; a database out of reach; a rolling restart under load.
 */
export const operations: ChaosPart = async ({ seed, repeat }) => {
  /** Real processes: a kind of operation over a lab of its own. */
  const killed = (kind: Kind, runs: number): Promise<Result> =>
    withLab(async (lab) => {
      const struck = new Map<Victim, number>();
      const prepared = await killedRuns(lab, kind, cutFor);
      const done = await repeat(`${kind}, real`, runs, (i) => {
        const random = seeded(seed + i);
        const victim = pick(random, victims);
        struck.set(victim, (struck.get(victim) ?? 0) + 1);
        return prepared.run(random, victim);
      });
      const { mostOut, looks } = prepared.seen;
      const each = [...struck].map(([victim, count]) => `${victim} ${count}`).join(', ');
      return {
        ...done,
        notes: [`killed: ${each}; at most ${mostOut} node out at once, in ${looks} looks from outside`],
      };
    });

  const cut = (kind: Kind): Promise<Result> =>
    withLab(async (lab) => {
      const prepared = await killedRuns(lab, kind, cutFor);
      const done = await repeat(`${kind}, database out of reach for ${cutFor / 1_000} s`, 1, () =>
        prepared.run(seeded(seed), 'database'),
      );
      return { ...done, notes: [`exit code of the command: ${prepared.codes.get('database')?.join(', ') ?? 'none'}`] };
    });

  const raced = (): Promise<Result> =>
    withLab(async (lab) => {
      const random = seeded(seed);
      const { round } = await contest(lab);
      return await repeat('two processes at the same moment', contests, async () => {
        await round(random);
        return 'one ran, the other exited 8';
      });
    });

  const overtaken = (): Promise<Result> =>
    withLab(async (lab) => {
      await lab.up(3);
      return await repeat('owner stopped, overtaken and continued', 3, async () => {
        await lab.ok('lab submit --count 6 --duration 4s..6s');
        await stoppedOwner(lab, 'node restart node-2 --yes');
        return 'it changed nothing';
      });
    });

  const rolled = (): Promise<Result> =>
    withLab(async (lab) => {
      const notes: string[] = [];
      const done = await repeat('rolling restart of 5 nodes under load', 1, async () => {
        const { load, took, needed, mostOut } = await rollingRestart(lab, 5);
        const { web, tasks } = load;
        const told =
          `${web.sent} requests, ${web.failed} failed; ${tasks.started} tasks, ${tasks.lost.length} lost; took ` +
          `${(took / 1_000).toFixed(1)} s, ${(took / needed).toFixed(2)} × what had to be waited for`;
        notes.push(told);
        if (web.failed > 0 || tasks.lost.length > 0 || took > 1.3 * needed || mostOut > 1) throw new Error(told);
        return told;
      });
      return { ...done, notes };
    }, 'haproxy');

  const restarts = Math.round(real / 4);
  const decommissions = Math.round(real / 3);
  const drains = real - restarts - decommissions;

  /** One after the other in a lane; lanes side by side, since most of the time is waiting. */
  async function lane(parts: readonly (() => Promise<Result>)[]): Promise<readonly Result[]> {
    const done: Result[] = [];
    for (const run of parts) done.push(await run());
    return done;
  }

  const results = (
    await Promise.all([
      lane([() => repeat('in one process', inProcess, (i) => worldRun(seed + i)), raced]),
      lane([() => killed('restart', restarts), overtaken]),
      lane([() => killed('drain', drains), () => killed('decommission', decommissions)]),
      lane((['drain', 'restart', 'decommission'] as const).map((kind) => () => cut(kind))),
    ])
  ).flat();
  // Alone, since it is measured.
  return { results: [...results, await rolled()] };
};
