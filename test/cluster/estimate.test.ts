import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { estimate } from '../../src/cluster/estimate.js';

const minute = 60_000;
const past = (kind: string, node: string, minutes: number) => {
  const started = new Date(0);
  return { kind, nodes: [node], started, ended: new Date(minutes * minute) };
};
const running = { kind: 'drain', nodes: ['web-1'], started: new Date(0) };
const at = (minutes: number) => new Date(minutes * minute);

describe('an estimate', () => {
  test('is none without a history of the same kind', () => {
    assert.equal(estimate(running, [], at(1)), null);
    assert.equal(estimate(running, [past('undrain', 'web-1', 1)], at(1)), null);
  });

  test('is the median of the same kind', () => {
    const history = [past('drain', 'web-2', 30), past('drain', 'web-1', 10), past('drain', 'web-3', 12)];

    assert.deepEqual(estimate(running, history, at(5)), { usualMs: 12 * minute, of: 3, leftMs: 7 * minute });
  });

  test('is of the same node where it has enough history', () => {
    const history = [2, 3, 4].map((minutes) => past('drain', 'web-1', minutes));

    assert.deepEqual(estimate(running, [...history, past('drain', 'web-2', 60)], at(1)), {
      usualMs: 3 * minute,
      of: 3,
      leftMs: 2 * minute,
    });
  });

  test('promises nothing below zero', () => {
    assert.equal(estimate(running, [past('drain', 'web-1', 1)], at(9))?.leftMs, 0);
  });
});
