import type { Web } from '../../../src/checks/world.js';
import type { Operation } from '../../../src/cluster/operation.js';
import type { Task } from '../../../src/cluster/task.js';
import { ago, aLook, aNode, type Cases, day, held, hour, minute, now, second } from './case.js';

const two = (one: Parameters<typeof aNode>[1], other: Parameters<typeof aNode>[1] = {}) =>
  aLook([aNode('web-1', one), aNode('web-2', other)]);

const task = (more: Partial<Task>): Task => ({
  ...{ id: 'ServerTasks-7', name: 'Deploy', description: 'Deploy Shop', state: 'Executing', queuedAt: ago(hour) },
  ...{ startedAt: ago(hour), completedAt: null, node: 'OctopusServerNodes-web-1', waitsForHuman: false, ...more },
});

const operation = (more: Partial<Operation> = {}): Operation => ({
  ...{ id: '20261124-100000-k7f3', kind: 'drain', state: 'running', nodes: ['web-1'], request: {}, who: 'anna@desk' },
  ...{
    isCrashed: false,
    host: 'desk',
    reason: null,
    changeId: null,
    channel: 'database',
    started: ago(10 * minute),
    ended: null,
    outcome: null,
  },
  ...more,
});

const web = (more: Partial<Web> = {}): Web => ({
  ...{ url: 'https://web-1', ping: { kind: 'answered', draining: false }, version: '2025.4.1000', installationId: 'a' },
  ...more,
});

const own = (more: Record<string, unknown> = {}) => ({
  ...{ schema: { number: 4, minimumWriter: 2 }, newestSchema: 4, pin: null, settings: new Map(), lease: null },
  ...{ holds: new Map(), webAddresses: new Map(), machineAddresses: new Map(), ...more },
});

const lease = (more: Record<string, unknown> = {}) => ({
  ...{ token: 3, holder: 'k7f3', operationId: '20261124-100000-k7f3', who: 'anna@desk', host: 'desk', pid: 1 },
  ...{
    processStarted: '',
    since: ago(minute),
    expires: new Date(now.getTime() + 20_000),
    stopRequested: null,
    ...more,
  },
});

const world = { hasNodePattern: false };

export const nodeCases: Cases = {
  'nodes/heartbeat': [
    ['pass', null, aNode('web-1'), aLook()],
    ['pass', null, aNode('web-1', { lastSeen: ago(119 * second) }), aLook()],
    ['warn', /2m 10s ago.*heartbeatWarn/, aNode('web-1', { lastSeen: ago(130 * second) }), aLook()],
    ['fail', /4m ago/, aNode('web-1', { state: 'offline', lastSeen: ago(4 * minute) }), aLook()],
    ['fail', /never seen/, aNode('web-1', { state: 'unknown', lastSeen: null }), aLook()],
    ['fail', /said that it is offline/, aNode('web-1', { state: 'offline', lastSeen: null }), aLook()],
  ],
  'nodes/enough': [
    ['pass', null, aLook()],
    ['pass', null, two({ draining: true, state: 'drained' })],
    ['fail', /web-2 is the only/, two({ state: 'offline' })],
    ['fail', /no node/, two({ state: 'offline' }, { state: 'stale' })],
  ],
  'nodes/not-too-many': [
    ['pass', null, aLook()],
    ['warn', /7 nodes/, aLook(Array.from({ length: 7 }, (_, i) => aNode(`n${i}`)))],
    ['fail', /9 nodes/, aLook(Array.from({ length: 9 }, (_, i) => aNode(`n${i}`)))],
  ],
  'nodes/stale': [
    ['pass', null, aLook()],
    ['warn', /5d: web-1/, two({ state: 'stale' })],
  ],
  'nodes/same-version': [
    ['pass', null, aLook()],
    ['pass', null, two({ version: '2024.1.1', state: 'stale' })],
    ['skip', /does not tell/, two({ version: null }, { version: null })],
    ['fail', /2 versions: web-1: 2025.4.1, web-2: 2025.4.1000/, two({ version: '2025.4.1' })],
  ],
  'nodes/unique-names': [
    ['pass', null, aLook()],
    ['fail', /registered twice/, aLook([aNode('web-1'), aNode('WEB-1', { id: 'OctopusServerNodes-old' })])],
  ],
  'nodes/id-spelling': [
    ['pass', null, aLook()],
    ['pass', null, two({ id: 'web-1' })],
    ['warn', /two ways/, two({ id: 'OctopusServerNodes-WEB-1' })],
  ],
  'nodes/not-all-draining': [
    ['pass', null, two({ draining: true, state: 'drained' })],
    ['fail', /every node/, two({ draining: true, state: 'drained' }, { draining: true, state: 'draining' })],
    ['fail', /every node/, two({ draining: true, state: 'drained' }, { state: 'offline' })],
    ['skip', /no node/, two({ state: 'offline' }, { state: 'offline' })],
  ],
  'nodes/some-take-tasks': [
    ['pass', null, two({ taskCap: 0, state: 'ui-only' })],
    ['fail', /cap of 0/, two({ taskCap: 0, state: 'ui-only' }, { taskCap: 0, state: 'ui-only' })],
    ['skip', /draining/, two({ draining: true, state: 'drained' }, { draining: true, state: 'drained' })],
    ['skip', /no node/, two({ state: 'offline' }, { state: 'offline' })],
  ],
  'nodes/capacity-without-largest': [
    ['pass', null, aLook()],
    ['pass', null, two({ runningTasks: 10 })],
    ['warn', /12 tasks run.*caps for 10/, two({ runningTasks: 10 }, { runningTasks: 2 })],
    ['warn', /web-1 alone/, two({}, { taskCap: 0, state: 'ui-only' })],
    ['skip', /no node/, two({ state: 'offline' }, { state: 'drained' })],
  ],
  'nodes/equal-caps': [
    ['pass', null, aLook()],
    ['pass', null, two({ taskCap: 1 })],
    ['warn', /web-1 20, web-2 10/, two({ taskCap: 20 })],
  ],
  'nodes/cap-not-too-high': [
    ['pass', null, two({ taskCap: 80 })],
    ['warn', /more than 80: web-1 has 100/, two({ taskCap: 100 })],
    ['fail', /more than 160/, two({ taskCap: 200 })],
  ],
  'nodes/within-cap': [
    ['pass', null, two({ runningTasks: 10 })],
    ['warn', /web-1 runs 11 of 10/, two({ runningTasks: 11 })],
  ],
  'nodes/tasks-on-dead-nodes': [
    ['pass', null, two({ state: 'offline' })],
    ['fail', /web-1 is down with 3 tasks/, two({ state: 'offline', runningTasks: 3 })],
    ['fail', /1 task$/, two({ state: 'stale', runningTasks: 1 })],
  ],
  'nodes/tasks-of-unknown-nodes': [
    ['pass', null, aLook()],
    ['fail', /2 unfinished tasks/, aLook(undefined, { orphaned: 2 })],
  ],
  'nodes/queue-age': [
    ['pass', null, aLook()],
    [
      'warn',
      /1 queued task waits for 11m.*queueAge/,
      aLook(undefined, { queue: { queued: 1, scheduled: 0, oldestMs: 11 * minute, waitingForHuman: 0 } }),
    ],
  ],
  'nodes/bound-tasks': [
    ['pass', null, aLook(undefined, { bound: new Map([['OctopusServerNodes-web-1', 1]]) })],
    [
      'warn',
      /web-1 waits for 2 answers/,
      aLook([aNode('web-1', { draining: true }), aNode('web-2')], {
        bound: new Map([['OctopusServerNodes-web-1', 2]]),
      }),
    ],
  ],
  'nodes/balanced': [
    ['pass', null, two({ runningTasks: 9 }, { runningTasks: 7 })],
    ['pass', null, two({ runningTasks: 3 })],
    ['warn', /web-1 90%, web-2 0%.*unbalanced/, two({ runningTasks: 9 })],
  ],
  'nodes/cancelling': [
    ['pass', null, { tasks: [task({ state: 'Cancelling', startedAt: ago(5 * minute) })], look: aLook() }],
    ['warn', /ServerTasks-7 on web-1.*cancellingAge/, { tasks: [task({ state: 'Cancelling' })], look: aLook() }],
  ],
  'nodes/long-running': [
    ['pass', null, { tasks: [task({}), task({ startedAt: ago(2 * day), waitsForHuman: true })], look: aLook() }],
    ['warn', /Deploy Shop.*taskAge/, { tasks: [task({ startedAt: ago(2 * day) })], look: aLook() }],
  ],
  'nodes/ping': [
    ['pass', null, web(), aNode('web-1')],
    ['fail', /refused/, web({ ping: { kind: 'unreachable', why: 'the connection was refused' } }), aNode('web-1')],
    [
      'fail',
      /answers as web-9/,
      web({ ping: { kind: 'unclear', why: 'its address answers as web-9' } }),
      aNode('web-1'),
    ],
    [
      'skip',
      /no web address/,
      web({ ping: { kind: 'not-asked', why: 'its address x is no web address' } }),
      aNode('web-1'),
    ],
  ],
  'nodes/ping-agrees': [
    ['pass', null, web(), aNode('web-1')],
    [
      'warn',
      /flag says in service, and its ping says draining/,
      web({ ping: { kind: 'answered', draining: true } }),
      aNode('web-1'),
    ],
    ['skip', /does not tell/, web({ ping: { kind: 'unclear', why: '' } }), aNode('web-1')],
  ],
  'nodes/runs-installed-version': [
    ['pass', null, web(), aNode('web-1')],
    ['fail', /runs 2025.4.2/, web({ version: '2025.4.2' }), aNode('web-1')],
    ['skip', /both places/, web({ version: null }), aNode('web-1')],
  ],
  'cluster/known-defects': [
    ['pass', null, aLook(undefined, { cluster: { context: 'p', server: '', database: '', version: '2025.4.1000' } })],
    ['warn', /8356/, aLook(undefined, { cluster: { context: 'p', server: '', database: '', version: '2023.3.4541' } })],
    [
      'warn',
      /9561/,
      aLook(undefined, { cluster: { context: 'p', server: '', database: '', version: '2025.3.10567' } }),
    ],
    ['pass', null, aLook(undefined, { cluster: { context: 'p', server: '', database: '', version: '2025.3.10568' } })],
    ['skip', /does not tell/, aLook(undefined, { cluster: { context: 'p', server: '', database: '', version: null } })],
  ],
  'octo-ha/drain-explained': [
    ['pass', null, two({ draining: true, state: 'drained', hold: held() })],
    ['pass', null, aLook([aNode('web-1', { draining: true, state: 'drained' })], { unfinished: [operation()] })],
    ['warn', /nobody says why: web-1/, two({ draining: true, state: 'drained' })],
  ],
  'octo-ha/hold-overdue': [
    ['pass', null, two({ hold: held() })],
    ['pass', null, two({ hold: held({ until: new Date(now.getTime() + hour) }) })],
    ['warn', /anna@desk \(disk swap\) 4h longer than expected/, two({ hold: held({ until: ago(4 * hour) }) })],
    ['warn', /for 8d.*holdAge/, two({ hold: held({ since: ago(8 * day) }) })],
  ],
  'octo-ha/hold-orphaned': [
    ['pass', null, own(), aLook(), world],
    ['pass', null, own({ holds: new Map([['OctopusServerNodes-web-1', held()]]) }), two({ draining: true }), world],
    [
      'pass',
      null,
      own({ holds: new Map([['OctopusServerNodes-web-1', held()]]) }),
      aLook(undefined, { unfinished: [operation()] }),
      world,
    ],
    [
      'warn',
      /OctopusServerNodes-web-9/,
      own({ holds: new Map([['OctopusServerNodes-web-9', held()]]) }),
      aLook(),
      world,
    ],
    [
      'warn',
      /OctopusServerNodes-web-1/,
      own({ holds: new Map([['OctopusServerNodes-web-1', held()]]) }),
      aLook(),
      world,
    ],
  ],
  'octo-ha/lease-orphaned': [
    ['pass', null, own(), aLook(), world],
    ['pass', null, own({ lease: lease() }), aLook(), world],
    ['pass', null, own({ lease: lease({ holder: '', expires: ago(hour) }) }), aLook(), world],
    [
      'warn',
      /anna@desk for 20261124.* has expired 1m ago/,
      own({ lease: lease({ expires: ago(minute) }) }),
      aLook(),
      world,
    ],
    [
      'warn',
      /lease of anna@desk has expired/,
      own({ lease: lease({ expires: ago(minute), operationId: null }) }),
      aLook(),
      world,
    ],
  ],
  'octo-ha/unfinished-operation': [
    ['pass', null, aLook(undefined, { unfinished: [operation()] })],
    [
      'warn',
      /drain web-1 by anna@desk\) is interrupted/,
      aLook(undefined, { unfinished: [operation({ state: 'interrupted' })] }),
    ],
    [
      'warn',
      /is waiting for 2h .*operationAge/,
      aLook(undefined, { unfinished: [operation({ state: 'waiting', started: ago(2 * hour) })] }),
    ],
  ],
  'octo-ha/stop-requested': [
    ['pass', null, own({ lease: lease() }), aLook(), world],
    [
      'warn',
      /asked to stop.*need the node/,
      own({ lease: lease({ stopRequested: 'I need the node' }) }),
      aLook(),
      world,
    ],
  ],
  'octo-ha/up-to-date': [
    ['pass', null, own(), aLook(), world],
    ['warn', /tables are at 3/, own({ schema: { number: 3, minimumWriter: 2 } }), aLook(), world],
    ['fail', /may only read/, own({ schema: { number: 9, minimumWriter: 8 } }), aLook(), world],
  ],
  'octo-ha/identity': [
    ['pass', null, 'Octopus', 'octopus'],
    ['fail', /belong to Octopus, and this is Octopus_Test/, 'Octopus', 'Octopus_Test'],
  ],
  'octo-ha/web-addresses': [
    ['pass', null, own(), aLook(), { hasNodePattern: true }],
    ['pass', null, own({ webAddresses: new Map([['web-1', 'https://web-1']]) }), aLook([aNode('web-1')]), world],
    ['warn', /not known: web-2/, own({ webAddresses: new Map([['web-1', 'https://web-1']]) }), two({}), world],
  ],
  'octo-ha/addresses-of-the-gone': [
    ['pass', null, own({ webAddresses: new Map([['web-1', 'x']]) }), two({}), world],
    ['warn', /web-9/, own({ machineAddresses: new Map([['web-9', {}]]) }), two({}), world],
  ],
  'octo-ha/balancer-times': [
    [
      'pass',
      null,
      own({
        settings: new Map([
          ['lb.outAfter', '3000'],
          ['lb.inAfter', '2000'],
        ]),
      }),
      aLook(),
      world,
    ],
    ['warn', /lb.outAfter and lb.inAfter/, own(), aLook(), world],
    [
      'warn',
      /lb.inAfter not kept/,
      own({
        settings: new Map([
          ['lb.outAfter', '3000'],
          ['lb.inAfter', 'soon'],
        ]),
      }),
      aLook(),
      world,
    ],
  ],
  'cluster/maintenance-mode': [
    ['pass', null, false],
    ['warn', /Maintenance Mode is on/, true],
    ['skip', /does not tell/, null],
  ],
  'cluster/one-installation': [
    ['skip', /nothing to compare/, { told: new Map([['web-1', 'a']]) }],
    [
      'pass',
      null,
      {
        told: new Map([
          ['web-1', 'a'],
          ['the load balancer', 'A'],
        ]),
      },
    ],
    [
      'fail',
      /web-2: b/,
      {
        told: new Map([
          ['web-1', 'a'],
          ['web-2', 'b'],
        ]),
      },
    ],
  ],
};
