/**
 * `node main.js SEED RESULT IN-PROCESS REAL CONTESTS CUT`: what `npm run chaos` does. Writes what came of it to the file
 * RESULT as JSON, and tells each run on standard error.
 */
import { writeFile } from 'node:fs/promises';
import { contest, stoppedOwner } from '../support/chaos/contenders.js';
import { type KillableLab, killableLab } from '../support/chaos/killable-lab.js';
import { type Kind, killedRuns, type Victim } from '../support/chaos/killed-run.js';
import { rollingRestart } from '../support/chaos/rolling-restart.js';
import { worldRun } from '../support/chaos/world-run.js';
import { pick, seeded } from '../support/seeded.js';

const [seedText = '', resultFile = '', ...counts] = process.argv.slice(2);
const seed = Number(seedText);
const [inProcess = 0, real = 0, contests = 0, cutFor = 0] = counts.map(Number);

interface Part {
  readonly name: string;
  readonly runs: number;
  readonly failed: readonly string[];
  readonly notes: readonly string[];
}

const say = (line: string) => process.stderr.write(`${line}\n`);

/** Runs it so many times, and goes on after a failure. */
async function part(name: string, runs: number, run: (i: number) => Promise<string>): Promise<Part> {
  const failed: string[] = [];
  for (let i = 0; i < runs; i++) {
    try {
      say(`${name} ${i + 1} of ${runs}: ${await run(i)}`);
    } catch (error) {
      failed.push(`${name}, run ${i + 1} of ${runs}: ${(error as Error).message}`);
      say(`FAILED ${failed.at(-1)}`);
    }
  }
  return { name, runs, failed, notes: [] };
}

async function withLab<T>(use: (lab: KillableLab) => Promise<T>, balancer: 'none' | 'haproxy' = 'none'): Promise<T> {
  await using lab = await killableLab(balancer);
  return await use(lab);
}

const victims: readonly [Victim, ...Victim[]] = ['command', 'command', 'command', 'machines', 'node'];

/** Real processes: a kind of operation over a lab of its own. */
const killed = (kind: Kind, runs: number): Promise<Part> =>
  withLab(async (lab) => {
    const struck = new Map<Victim, number>();
    const prepared = await killedRuns(lab, kind, cutFor);
    const done = await part(`${kind}, real`, runs, (i) => {
      const random = seeded(seed + i);
      const victim = pick(random, victims);
      struck.set(victim, (struck.get(victim) ?? 0) + 1);
      return prepared.run(random, victim);
    });
    const { mostOut, looks } = prepared.seen;
    const each = [...struck].map(([victim, count]) => `${victim} ${count}`).join(', ');
    return { ...done, notes: [`killed: ${each}; at most ${mostOut} node out at once, in ${looks} looks from outside`] };
  });

const cut = (kind: Kind): Promise<Part> =>
  withLab(async (lab) => {
    const prepared = await killedRuns(lab, kind, cutFor);
    const done = await part(`${kind}, database out of reach for ${cutFor / 1_000} s`, 1, () =>
      prepared.run(seeded(seed), 'database'),
    );
    return { ...done, notes: [`exit code of the command: ${prepared.codes.get('database')?.join(', ') ?? 'none'}`] };
  });

const raced = (): Promise<Part> =>
  withLab(async (lab) => {
    const random = seeded(seed);
    const { round } = await contest(lab);
    return await part('two processes at the same moment', contests, async () => {
      await round(random);
      return 'one ran, the other exited 8';
    });
  });

const overtaken = (): Promise<Part> =>
  withLab(async (lab) => {
    await lab.up(3);
    return await part('owner stopped, overtaken and continued', 3, async () => {
      await lab.ok('lab submit --count 6 --duration 4s..6s');
      await stoppedOwner(lab, 'node restart node-2 --yes');
      return 'it changed nothing';
    });
  });

const rolled = (): Promise<Part> =>
  withLab(async (lab) => {
    const notes: string[] = [];
    const done = await part('rolling restart of 5 nodes under load', 1, async () => {
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
async function lane(parts: readonly (() => Promise<Part>)[]): Promise<readonly Part[]> {
  const done: Part[] = [];
  for (const run of parts) done.push(await run());
  return done;
}

const began = Date.now();
const parts = (
  await Promise.all([
    lane([() => part('in one process', inProcess, (i) => worldRun(seed + i)), raced]),
    lane([() => killed('restart', restarts), overtaken]),
    lane([() => killed('drain', drains), () => killed('decommission', decommissions)]),
    lane((['drain', 'restart', 'decommission'] as const).map((kind) => () => cut(kind))),
  ])
).flat();
// Alone, since it is measured.
parts.push(await rolled());
await writeFile(resultFile, JSON.stringify({ seed, took: Date.now() - began, parts }));
process.exit(0);
