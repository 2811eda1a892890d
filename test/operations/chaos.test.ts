import { describe, test } from 'node:test';
import { worldRun } from '../support/chaos/world-run.js';
import { newSeed } from '../support/seeded.js';

const first = newSeed();

describe('operations that are killed at random calls, several times each', () => {
  for (let seed = first; seed < first + 20; seed++) {
    test(`end as an undisturbed one: seed ${seed}`, async () => {
      await worldRun(seed);
    });
  }
});
