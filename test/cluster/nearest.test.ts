import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearest } from '../../src/cluster/nearest.js';

const nodes = ['octopus-a', 'octopus-b', 'web-1', 'web-12'];

test('offers what a slip of the fingers may have meant, nearest first', () => {
  assert.deepEqual(nearest('web1', nodes), ['web-1']);
  assert.deepEqual(nearest('OCTOPUS-A', nodes), ['octopus-a', 'octopus-b']);
  assert.deepEqual(nearest('octopsu-b', nodes), ['octopus-b', 'octopus-a']);
});

test('offers nothing for what resembles nothing', () => {
  assert.deepEqual(nearest('database', nodes), []);
});
