import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { nodeKey, nodeState, type Seen } from '../../src/cluster/node.js';
import { octopusTiming } from '../../src/cluster/timing.js';

const now = new Date('2026-03-01T10:00:00Z');
const ago = (seconds: number): Date => new Date(now.getTime() - seconds * 1_000);
const healthy: Seen = { draining: false, taskCap: 5, runningTasks: 0, lastSeen: ago(30), flaggedOffline: false };

describe('the state of a node', () => {
  for (const [what, seen, state] of [
    ['seen half a minute ago', {}, 'running'],
    ['with a cap of 0', { taskCap: 0 }, 'ui-only'],
    ['flagged with tasks', { draining: true, runningTasks: 2 }, 'draining'],
    ['flagged without tasks', { draining: true }, 'drained'],
    ['flagged with a cap of 0', { draining: true, taskCap: 0 }, 'drained'],
    ['unseen for two minutes', { lastSeen: ago(120) }, 'running'],
    ['unseen for two minutes with a ping that fails', { lastSeen: ago(120), pingFails: true }, 'offline'],
    ['seen just now with a ping that fails', { pingFails: true }, 'running'],
    ['unseen for 150 seconds', { lastSeen: ago(150) }, 'offline'],
    ['that said it goes offline', { flaggedOffline: true }, 'offline'],
    ['offline and flagged', { flaggedOffline: true, draining: true, runningTasks: 3 }, 'offline'],
    ['unseen for six days', { lastSeen: ago(6 * 86_400) }, 'stale'],
    ['never seen', { lastSeen: null }, 'unknown'],
    ['seen in the future, by a clock that is ahead', { lastSeen: ago(-90) }, 'running'],
  ] as const satisfies readonly (readonly [string, Partial<Seen>, string])[]) {
    test(`a node ${what} is ${state}`, () => {
      assert.equal(nodeState({ ...healthy, ...seen }, now, octopusTiming), state);
    });
  }
});

test('an Id and a name of the same node compare alike, with and without prefix', () => {
  assert.equal(nodeKey('OctopusServerNodes-WEB-1'), nodeKey('web-1'));
  assert.notEqual(nodeKey('OctopusServerNodes-web-1'), nodeKey('web-11'));
});
