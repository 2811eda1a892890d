import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { cutRun, quietLab, series, uncut } from '../support/chaos/cut-off.js';
import { killableLab, noMachines } from '../support/chaos/killable-lab.js';
import { newSeed, seeded } from '../support/seeded.js';

/** Longer than a statement is waited for, and than the lease lasts in a lab. */
const cut = { cutFor: 8_000, words: '--timeout 5s' };

describe('an operation over lab machines whose database is out of reach for a while', {
  concurrency: true,
  skip: noMachines,
}, () => {
  for (const operations of series) {
    const seed = newSeed();
    const lines = operations.map(({ line }) => line).join(', ');
    test(`goes on, or does not know its result and is finished by resuming it: ${lines}: seed ${seed}`, async (t) => {
      await using still = await killableLab();
      await using lab = await killableLab();
      await Promise.all([quietLab(still), quietLab(lab)]);
      const goals = uncut(still, operations);
      // They are awaited after the first operation.
      goals.catch(() => {});
      const random = seeded(seed);
      for (const [i, operation] of operations.entries()) {
        const { found, told } = await cutRun(lab, operation, random, cut);
        t.diagnostic(told);
        assert.deepEqual(found, (await goals)[i], told);
      }
    });
  }
});
