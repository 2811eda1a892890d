import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { tasksToTake } from '../../src/lab/node/distribution.js';

describe('the distribution of tasks', () => {
  for (const [what, node, cluster, taken] of [
    ['an idle cluster', { cap: 5, active: 0 }, { cap: 15, active: 0, pending: 0 }, 0],
    ['a first task', { cap: 5, active: 0 }, { cap: 15, active: 0, pending: 1 }, 1],
    ['a share of three', { cap: 5, active: 0 }, { cap: 15, active: 0, pending: 3 }, 2],
    ['more than all caps', { cap: 5, active: 0 }, { cap: 15, active: 0, pending: 100 }, 5],
    ['a node that is busier than the others', { cap: 5, active: 3 }, { cap: 15, active: 3, pending: 1 }, 0],
    ['a node for the portal only', { cap: 0, active: 0 }, { cap: 10, active: 0, pending: 9 }, 0],
  ] as const) {
    test(`gives a node its share of ${what}`, () => {
      assert.equal(tasksToTake({ ...node, draining: false }, cluster), taken);
    });
  }

  const count = fc.nat(60);

  test('never exceeds a cap or the queue, and gives nothing to a node that drains', () => {
    fc.assert(
      fc.property(
        count,
        count,
        count,
        count,
        count,
        fc.boolean(),
        (cap, active, others, running, pending, draining) => {
          const taken = tasksToTake(
            { cap, active, draining },
            { cap: cap + others, active: active + running, pending },
          );

          assert.ok(taken >= 0 && taken <= pending);
          assert.ok(taken === 0 || active + taken <= cap);
          assert.ok(!draining || taken === 0);
        },
      ),
    );
  });

  test('always finds somebody for a task that waits while there is room', () => {
    const node = fc.record({ cap: fc.integer({ min: 1, max: 20 }), active: fc.nat(20) });
    fc.assert(
      fc.property(fc.array(node, { minLength: 1, maxLength: 5 }), fc.integer({ min: 1, max: 50 }), (raw, pending) => {
        const nodes = raw.map(({ cap, active }) => ({ cap, active: Math.min(cap, active) }));
        const cap = nodes.reduce((sum, one) => sum + one.cap, 0);
        const active = nodes.reduce((sum, one) => sum + one.active, 0);
        fc.pre(active < cap);

        const taken = nodes.map((one) => tasksToTake({ ...one, draining: false }, { cap, active, pending }));

        assert.ok(Math.max(...taken) > 0);
      }),
    );
  });
});
