import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Node } from '../../src/cluster/node.js';
import { Failure } from '../../src/errors.js';
import type { Proposal } from '../../src/operations/guards/guard.js';
import { guards, hear } from '../../src/operations/guards/index.js';

const node = (name: string, change: Partial<Node> = {}): Node => ({
  id: `OctopusServerNodes-${name}`,
  name,
  state: 'running',
  draining: false,
  hold: null,
  runningTasks: 0,
  taskCap: 5,
  lastSeen: new Date(),
  version: null,
  ...change,
});

const drained = { state: 'drained', draining: true } as const;
const queue = { queued: 0, scheduled: 0, oldestMs: null, waitingForHuman: 0 };
const proposal = (before: readonly Node[], after: readonly Node[], more: Partial<Proposal> = {}): Proposal => ({
  before,
  after,
  changing: before.filter(({ name }) => name === 'a'),
  running: 0,
  bound: 0,
  queue,
  oddities: [],
  ...more,
});

const verdicts = (judged: Proposal): Readonly<Record<string, string>> =>
  Object.fromEntries(guards.map((guard) => [guard.id, guard.judge(judged).verdict]));

const silent = {
  'unknown-schema': 'allow',
  identity: 'allow',
  heartbeat: 'allow',
  version: 'allow',
  licence: 'allow',
  'held-by-someone-else': 'allow',
  'last-task-node': 'allow',
  'last-web-node': 'allow',
  capacity: 'allow',
  'bound-tasks': 'allow',
};

const machine = { who: 'anna@desk', unproven: [] };
const heldBy = (who: string) => ({ ...drained, hold: { who, why: 'patches', since: new Date(), until: null } });

describe('guards', () => {
  for (const [what, judged, expected] of [
    [
      'the machine of a node is not proven',
      proposal([node('a'), node('b')], [node('a', drained), node('b')], {
        machine: { ...machine, unproven: [{ name: 'a' }] },
      }),
      { ...silent, identity: 'refuse' },
    ],
    [
      'the machine of a node that nobody has heard of is to be stopped',
      proposal([node('a', { state: 'unknown' }), node('b')], [node('a', drained), node('b')], { machine }),
      { ...silent, heartbeat: 'refuse' },
    ],
    [
      'the machine of a node that somebody else holds is to be stopped',
      proposal([node('a', heldBy('bob@desk')), node('b')], [node('a', drained), node('b')], { machine }),
      { ...silent, 'held-by-someone-else': 'refuse' },
    ],
    [
      "the machine of a node in one's own hold is to be stopped",
      proposal([node('a', heldBy('anna@desk')), node('b')], [node('a', drained), node('b')], { machine }),
      silent,
    ],
    [
      'a node of another version is given tasks',
      proposal(
        [node('a', { ...drained, version: '2' }), node('b', { version: '1' })],
        [node('a', { version: '2' }), node('b', { version: '1' })],
      ),
      { ...silent, version: 'refuse' },
    ],
    [
      'a node of another version is given tasks while nobody else runs',
      proposal(
        [node('a', { ...drained, version: '2' }), node('b', { ...drained, version: '1' })],
        [node('a', { version: '2' }), node('b', { ...drained, version: '1' })],
      ),
      silent,
    ],
    ['one of two nodes goes', proposal([node('a'), node('b')], [node('a', drained), node('b')]), silent],
    [
      'the last node goes',
      proposal([node('a')], [node('a', drained)]),
      { ...silent, 'last-task-node': 'refuse', 'last-web-node': 'refuse' },
    ],
    [
      'the last node with a cap goes, one for the portal stays',
      proposal(
        [node('a'), node('b', { taskCap: 0, state: 'ui-only' })],
        [node('a', drained), node('b', { taskCap: 0, state: 'ui-only' })],
      ),
      { ...silent, 'last-task-node': 'refuse' },
    ],
    [
      'the others are offline or drained already',
      proposal(
        [node('a'), node('b', { state: 'offline' }), node('c', drained)],
        [node('a', drained), node('b', { state: 'offline' }), node('c', drained)],
      ),
      { ...silent, 'last-task-node': 'refuse', 'last-web-node': 'refuse' },
    ],
    ['a node that serves nothing anyway goes', proposal([node('a', drained)], [node('a', drained)]), silent],
    [
      'more tasks run than the rest can take',
      proposal([node('a'), node('b')], [node('a', drained), node('b')], { running: 6 }),
      { ...silent, capacity: 'refuse' },
    ],
    [
      'as many run as the rest can take',
      proposal([node('a'), node('b')], [node('a', drained), node('b')], { running: 5 }),
      silent,
    ],
    [
      'tasks wait in the queue',
      proposal([node('a'), node('b')], [node('a', drained), node('b')], { queue: { ...queue, queued: 3 } }),
      { ...silent, capacity: 'warn' },
    ],
    [
      'a cap is raised while more run than fit',
      proposal([node('a')], [node('a', { taskCap: 9 })], { running: 20 }),
      silent,
    ],
    [
      'nobody knows the state of the others',
      proposal(
        [node('a', { state: 'unknown' }), node('b', { state: 'unknown' })],
        [node('a', drained), node('b', { state: 'unknown' })],
      ),
      { ...silent, 'last-task-node': 'refuse', 'last-web-node': 'refuse' },
    ],
    [
      'one that is offline is flagged while no other is there',
      proposal([node('a', { state: 'offline' })], [node('a', { state: 'offline', draining: true })]),
      silent,
    ],
    [
      'a task on it waits for a human',
      proposal([node('a'), node('b')], [node('a', drained), node('b')], { bound: 1 }),
      { ...silent, 'bound-tasks': 'refuse' },
    ],
    [
      'the tables have a shape nobody knows',
      proposal([node('a'), node('b')], [node('a'), node('b')], { oddities: ['OctopusServerNode has a column X'] }),
      { ...silent, 'unknown-schema': 'refuse' },
    ],
  ] as const) {
    test(`when ${what}`, () => assert.deepEqual(verdicts(judged), expected));
  }

  test('every one explains itself', () => {
    for (const { id, explain } of guards) assert.ok(explain.length > 80, id);
  });
});

describe('hearing the guards', () => {
  const last = proposal([node('a')], [node('a', drained)]);

  test('tells all refusals at once', () => {
    assert.throws(
      () => hear(last, []),
      (error) => {
        assert.ok(error instanceof Failure && error.kind === 'refused');
        assert.deepEqual(error.details, { guards: ['last-task-node', 'last-web-node'] });
        return true;
      },
    );
  });

  test('an override lifts its own guard only', () => {
    assert.throws(() => hear(last, ['last-web-node']), /known to take tasks/);
  });

  test('an overridden refusal stays as a warning, and asks for the name', () => {
    const { warnings, severe } = hear(last, ['last-task-node', 'last-web-node']);

    assert.equal(warnings.length, 2);
    assert.ok(severe);
  });

  test('an override that names no guard is refused', () => {
    assert.throws(() => hear(last, ['everything']), /there is no guard everything/);
  });
});
