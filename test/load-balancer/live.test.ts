import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { balancerPrograms, missing } from '../support/balancer-programs.js';
import { BalancerStand } from '../support/balancer-stand.js';
import { buildLabPrograms, type LabPrograms } from '../support/lab.js';

/** They do not see by themselves that a node drains. */
const told = ['nginx'];

describe('a balancer with the configuration octo-ha rendered, in front of three lab nodes', () => {
  let built: LabPrograms;
  // The lab's processes do not keep their starter alive.
  let waiting: NodeJS.Timeout;

  before(async () => {
    waiting = setInterval(() => {}, 1_000);
    built = await buildLabPrograms();
  });
  after(async () => {
    clearInterval(waiting);
    await built[Symbol.asyncDispose]();
  });

  for (const program of balancerPrograms) {
    test(`${program.name} loses no request while a node drains, stops, comes back, and another one is added, and hardly any when one is killed`, {
      skip: missing(program),
      timeout: 180_000,
    }, async () => {
      await using stand = await BalancerStand.start(program, built.programs);

      const drained = await stand.whileUsed({ rate: 100 }, async () => {
        await stand.drain('node-2', true);
        if (told.includes(program.name)) await stand.reload();
        await sleep(stand.timing.outAfter);
        await stand.stop('node-2', 'stop');
        await stand.up(3);
        await stand.drain('node-2', false);
        if (told.includes(program.name)) await stand.reload();
        await stand.answersFrom(['node-2']);
      });
      assert.deepEqual([drained.reads.reasons, drained.writes.reasons, drained.doubled], [{}, {}, []]);
      assert.ok(drained.reads.sent > 50 && drained.writes.sent > 5, JSON.stringify(drained));

      const added = await stand.whileUsed({ rate: 100 }, async () => {
        await stand.up(4);
        await stand.reload();
        await stand.answersFrom(['node-4']);
      });
      assert.deepEqual([added.reads.reasons, added.writes.reasons, added.doubled], [{}, {}, []]);

      let gone = 0;
      const killed = await stand.whileUsed({ rate: 200 }, async () => {
        await sleep(1_000);
        await stand.stop('node-3', 'kill');
        gone = Date.now();
        await sleep(5_000);
      });
      // One that is under way, and none once the balancer has noticed.
      assert.ok(killed.reads.failed <= 1, JSON.stringify(killed));
      const noticed = gone + stand.timing.outAfter;
      assert.ok(
        Math.max(killed.reads.lastFailed, killed.writes.lastFailed) <= noticed,
        JSON.stringify({ gone, killed }),
      );
      assert.deepEqual(killed.doubled, []);
    });
  }
});
