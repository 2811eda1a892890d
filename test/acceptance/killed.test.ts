import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { killableLab, noMachines } from '../support/chaos/killable-lab.js';
import { type Kind, killedRun, undisturbed } from '../support/chaos/killed-run.js';
import { newSeed, seeded } from '../support/seeded.js';

/** A lab for each number, and so many runs in it; ten of them in all. */
const runs: Readonly<Record<Kind, readonly number[]>> = { restart: [1, 1], decommission: [3], drain: [5] };

describe('an operation over lab machines that is killed with SIGKILL and gone on with by another process', {
  concurrency: true,
  skip: noMachines,
}, () => {
  for (const [kind, labs] of Object.entries(runs) as [Kind, readonly number[]][]) {
    const seed = newSeed();
    test(`ends as an undisturbed ${kind}: seed ${seed}`, async (t) => {
      const seen = { mostOut: 0, looks: 0 };
      async function alone(): ReturnType<typeof undisturbed> {
        await using lab = await killableLab();
        await lab.up(3);
        return await undisturbed(lab, kind);
      }
      async function killed(first: number, count: number): Promise<void> {
        await using lab = await killableLab();
        await lab.up(3);
        for (let run = first; run < first + count; run++) {
          t.diagnostic(await killedRun(lab, kind, 'command', seeded(run), goal, seen));
        }
      }
      // Side by side, since most of the time is waiting.
      const goal = alone();
      await Promise.all([goal, ...labs.map((count, i) => killed(seed + 100 * i, count))]);
      assert.ok(seen.looks > 0);
    });
  }
});
