import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { findProgram } from '../../src/adapters/find-program.js';
import { killableLab, noMachines } from '../support/chaos/killable-lab.js';
import { rollingRestart } from '../support/chaos/rolling-restart.js';
import { processorPressure } from '../support/processor-pressure.js';

const skip = noMachines || ((await findProgram('haproxy')) === undefined && 'haproxy is not installed');

/** Five of them, and what their restart takes: `npm run chaos`. */
const nodes = 3;

describe('a rolling restart behind HAProxy', { skip }, () => {
  test('fails no request, loses no task, and takes little longer than what must be waited for', async (t) => {
    await using lab = await killableLab('haproxy');

    const before = await processorPressure();
    const { load, took, needed, mostOut, fates } = await rollingRestart(lab, nodes);
    // Other tests run beside this one: what they keep from it is no time that octo-ha takes.
    const kept = (await processorPressure()) - before;

    const { web, tasks } = load;
    const times = `took ${took} ms, ${needed} ms had to be waited for, ${Math.round(kept)} ms for a processor`;
    t.diagnostic(`${web.sent} requests, ${tasks.started} tasks; ${times}`);
    assert.ok(web.sent > 1_000 && tasks.started > 10);
    assert.deepEqual(
      { failed: web.failed, reasons: web.reasons, lost: tasks.lost },
      { failed: 0, reasons: {}, lost: [] },
    );
    assert.ok(mostOut <= 1, `${mostOut} nodes were out at once`);
    assert.deepEqual([...new Set(fates)], ['ended']);
    assert.ok(took <= 1.2 * needed + kept, times);
  });
});
