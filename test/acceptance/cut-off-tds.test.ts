import { describe, test } from 'node:test';
import { cutDrainOverTds, noTds } from '../support/chaos/cut-off-tds.js';

describe('a drain over TDS whose connection is cut', { skip: noTds }, () => {
  test('goes on, or does not know its result and is finished by resuming it', async (t) => {
    t.diagnostic(`it exited with ${await cutDrainOverTds(10_000)}`);
  });
});
