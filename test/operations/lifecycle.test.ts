import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { lifecycle, type NodeControl, type Stage } from '../../src/operations/lifecycle.js';
import { path, reach } from '../../src/operations/reach.js';

const stages = [...new Set<Stage>(lifecycle.flatMap(({ from, to }) => [from, to]))];

describe('the lifecycle', () => {
  for (const goal of stages) {
    for (const stage of stages) test(`a node that is ${stage} can become ${goal}`, () => assert.ok(path(stage, goal)));
  }

  test('a node is drained by its flag first and its tasks then', () => {
    assert.deepEqual(
      path('in-service', 'drained')?.map(({ to }) => to),
      ['draining', 'drained'],
    );
  });

  test('a node that is drained already is put back without waiting', () => {
    assert.deepEqual(
      path('drained', 'in-service')?.map(({ to }) => to),
      ['in-service'],
    );
  });
});

describe('the walker', () => {
  const signal = new AbortController().signal;
  const node = (stagesSeen: Stage[], orders: string[]): NodeControl => ({
    observe: async () => stagesSeen.shift() ?? 'in-service',
    setDrainFlag: async (draining) => void orders.push(draining ? 'drain' : 'undrain'),
    waitUntilIdle: async () => void orders.push('wait'),
  });

  test('looks before every step and takes only what is left to do', async () => {
    const orders: string[] = [];
    for await (const _ of reach('drained', node(['draining', 'drained'], orders), signal));

    assert.deepEqual(orders, ['wait']);
  });

  test('does not repeat a step that changed nothing', async () => {
    const orders: string[] = [];
    const walk = async () => {
      for await (const _ of reach('drained', node(['in-service', 'in-service'], orders), signal));
    };

    await assert.rejects(walk(), /still in-service/);
    assert.deepEqual(orders, ['drain']);
  });
});
