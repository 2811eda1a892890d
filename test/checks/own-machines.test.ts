import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { findMachineFault, machineFaults } from '../chaos/machines.js';
import { twoMachines } from '../support/chaos/two-machines.js';
import { withoutOwnMachines } from '../support/own-machine.js';

/** One of the system, one of mounts, one of what is compared; `npm run chaos` tries them all. */
const few = ['nodes/reboot-pending', 'storage/not-local', 'storage/same-size'];

describe('of two machines over OpenSSH, with a share of a file server', { skip: withoutOwnMachines }, () => {
  test('doctor finds nothing where they are alike, and a handful of faults with nothing besides', async () => {
    await using two = await twoMachines();
    assert.deepEqual(await two.found(), []);
    for (const cause of few) {
      const fault = machineFaults.find((one) => one.cause === cause);
      assert.ok(fault, cause);
      await findMachineFault(two, fault);
    }
  });
});
