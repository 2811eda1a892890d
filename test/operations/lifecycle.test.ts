import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { lifecycle, type NodeControl, type Stage, withoutMachine } from '../../src/operations/lifecycle.js';
import { path, reach } from '../../src/operations/reach.js';

const stages = [...new Set<Stage>(lifecycle.flatMap(({ from, to }) => [from, to]))];

describe('the lifecycle', () => {
  for (const goal of stages) {
    for (const stage of stages.filter((stage) => stage !== 'removed' || goal === 'removed')) {
      test(`a node that is ${stage} can become ${goal}`, () => assert.ok(path(stage, goal)));
    }
  }

  test('nothing follows the removal of a node', () => {
    assert.deepEqual(
      stages.filter((stage) => path('removed', stage)),
      ['removed'],
    );
  });

  test('a node is stopped only when it is idle, out of the balancer, and kept from starting by itself', () => {
    const way = path('in-service', 'stopped')?.map(({ to }) => to);

    assert.deepEqual(way, ['draining', 'drained', 'quiet', 'kept', 'stopped']);
  });

  test('a node is given tasks only when it was seen after its start', () => {
    assert.deepEqual(
      path('stopped', 'in-service')?.map(({ to }) => to),
      ['starting', 'back', 'in-service'],
    );
  });

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
    ...withoutMachine,
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
