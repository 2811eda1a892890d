import assert from 'node:assert/strict';
import { contest, stoppedOwner } from '../support/chaos/contenders.js';
import { type Cutting, cutRun, quietLab, series, uncut } from '../support/chaos/cut-off.js';
import { cutDrainOverTds, noTds } from '../support/chaos/cut-off-tds.js';
import { type KillableLab, killableLab } from '../support/chaos/killable-lab.js';
import { type Kind, killedRun, undisturbed, type Victim } from '../support/chaos/killed-run.js';
import { rollingRestart } from '../support/chaos/rolling-restart.js';
import { worldRun } from '../support/chaos/world-run.js';
import { pick, seeded, whole } from '../support/seeded.js';
import type { ChaosPart, Result } from './part.js';

/** How many operations are killed in one process and over real ones, how many races, and milliseconds of an outage. */
const [inProcess, real, contests, cutFor] = [470, 30, 100, 30_000];

async function withLab<T>(use: (lab: KillableLab) => Promise<T>, balancer: 'none' | 'haproxy' = 'none'): Promise<T> {
  await using lab = await killableLab(balancer);
  return await use(lab);
}

const victims: readonly [Victim, ...Victim[]] = ['command', 'command', 'machines', 'node'];

/**
 * Hundreds of operations that are killed at random moments and gone on with, over simulated time in one process and over
 * real processes of labs; two processes at once; a database out of reach; a rolling restart under load.
 */
export const operations: ChaosPart = async ({ seed, repeat }) => {
  /** Real processes: a kind of operation over a lab of its own. */
  const killed = (kind: Kind, runs: number): Promise<Result> =>
    withLab(async (lab) => {
      await lab.up(3);
      const goal = await undisturbed(lab, kind);
      const seen = { mostOut: 0, looks: 0 };
      const struck = new Map<Victim, number>();
      const done = await repeat(`${kind}, real`, runs, (i) => {
        const random = seeded(seed + i);
        const victim = pick(random, victims);
        struck.set(victim, (struck.get(victim) ?? 0) + 1);
        return killedRun(lab, kind, victim, random, goal, seen);
      });
      const each = [...struck].map(([victim, count]) => `${victim} ${count}`).join(', ');
      const note = `killed: ${each}; at most ${seen.mostOut} node out at once, in ${seen.looks} looks from outside`;
      return { ...done, notes: [note] };
    });

  /** Each kind of operation once, in a lab whose database is locked meanwhile. */
  async function cut(cuttings: readonly Cutting[]): Promise<readonly Result[]> {
    await using still = await killableLab();
    await using lab = await killableLab();
    await quietLab(still);
    await quietLab(lab);
    const goals = await uncut(still, cuttings);
    const random = seeded(seed);
    const results: Result[] = [];
    for (const [i, cutting] of cuttings.entries()) {
      const [, kind] = cutting.line.split(' ');
      const codes: number[] = [];
      const done = await repeat(`${kind}, database out of reach for ${cutFor / 1_000} s`, 1, async () => {
        const { code, found, told } = await cutRun(lab, cutting, random, { cutFor, words: '' });
        codes.push(code);
        assert.deepEqual(found, goals[i], told);
        return told;
      });
      results.push({ ...done, notes: [exitCodes(codes)] });
    }
    return results;
  }

  async function cutOverTds(): Promise<Result> {
    const name = `drain over TDS, connection cut for ${cutFor / 1_000} s`;
    if (noTds) return { name, runs: 0, failed: [], notes: [`left out: ${noTds}`] };
    const codes: (number | null)[] = [];
    const done = await repeat(name, 1, async () => {
      codes.push(await cutDrainOverTds(cutFor));
      return exitCodes(codes);
    });
    return { ...done, notes: [exitCodes(codes)] };
  }

  const raced = (): Promise<Result> =>
    withLab(async (lab) => {
      const random = seeded(seed);
      const { round } = await contest(lab);
      return await repeat('two processes at the same moment', contests, async () => {
        await round(random);
        return 'one ran, the other exited 8';
      });
    });

  /** Owners that are stopped in front of their effects, and in their midst. */
  const overtaken = (): Promise<Result> =>
    withLab(async (lab) => {
      await lab.up(3);
      const random = seeded(seed);
      return await repeat('owner stopped, overtaken and continued', 5, async () => {
        const steps = whole(random, 2, 9);
        await lab.ok('lab submit --count 6 --duration 1s..2s');
        await stoppedOwner(lab, 'node-2', steps);
        return `stopped at step ${steps}, it changed nothing`;
      });
    });

  const rolled = (): Promise<Result> =>
    withLab(async (lab) => {
      const notes: string[] = [];
      const done = await repeat('rolling restart of 5 nodes under load', 1, async () => {
        const { load, took, needed, mostOut, fates } = await rollingRestart(lab, 5);
        const { web, tasks } = load;
        const told =
          `${web.sent} requests, ${web.failed} failed; ${tasks.started} tasks, ${tasks.lost.length} lost; took ` +
          `${(took / 1_000).toFixed(1)} s, ${(took / needed).toFixed(2)} × what had to be waited for`;
        notes.push(told);
        const isSound = web.failed === 0 && tasks.lost.length === 0 && fates.every((fate) => fate === 'ended');
        if (!isSound || took > 1.3 * needed || mostOut > 1) throw new Error(told);
        return told;
      });
      return { ...done, notes };
    }, 'haproxy');

  const [restarts, decommissions] = [Math.round(real / 3), Math.round(real / 3)];
  const drains = real - restarts - decommissions;

  /** One after the other in a lane; lanes side by side, since most of the time is waiting. */
  async function lane(...runs: readonly (() => Promise<Result | readonly Result[]>)[]): Promise<readonly Result[]> {
    const done: Result[] = [];
    for (const run of runs) done.push(...[await run()].flat());
    return done;
  }

  const results = (
    await Promise.all([
      lane(() => repeat('in one process', inProcess, (i) => worldRun(seed + i)), raced),
      lane(() => killed('restart', restarts), overtaken),
      lane(
        () => killed('drain', drains),
        () => killed('decommission', decommissions),
      ),
      lane(...series.map((cuttings) => () => cut(cuttings)), cutOverTds),
    ])
  ).flat();
  // Alone, since it is measured.
  return { results: [...results, await rolled()] };
};

const exitCodes = (codes: readonly (number | null)[]): string =>
  `exit code of the command: ${codes.join(', ') || 'none'}`;
