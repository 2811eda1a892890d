import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { enough } from '../../src/checks/nodes/membership.js';
import type { Outcome, Status } from '../../src/checks/outcome.js';
import { beganWithOne } from '../../src/setup/init/one-node.js';

const outcome = (id: Outcome['check']['id'], status: Status): Outcome => ({
  ...{ check: { ...enough, id }, observedFrom: 'admin', node: null, status, problem: 'a problem', remedy: null },
  ...{ evidence: {}, durationMs: 1, fix: null },
});

const found = [outcome('nodes/enough', 'fail'), outcome('nodes/heartbeat', 'fail')];
const statusesWith = (...states: readonly string[]) =>
  beganWithOne(
    found,
    states.map((state) => ({ state })),
  ).map(({ status }) => status);

describe('a set-up that begins with one node', () => {
  test('is warned of that, and of nothing else', () => {
    assert.deepEqual(statusesWith('running'), ['warn', 'fail']);
    assert.match(beganWithOne(found, [{ state: 'running' }])[0]?.problem ?? '', /octo-ha node add HOST/);
  });

  for (const states of [[], ['offline'], ['stale'], ['running', 'offline'], ['running', 'stale']]) {
    test(`is not what failed where the nodes are ${states.join(' and ') || 'none'}`, () => {
      assert.deepEqual(statusesWith(...states), ['fail', 'fail']);
    });
  }

  test('leaves what is not known as it is', () => {
    assert.equal(beganWithOne([outcome('nodes/enough', 'unknown')], [{ state: 'running' }])[0]?.status, 'unknown');
  });
});
