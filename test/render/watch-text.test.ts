import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { octopusTiming } from '../../src/cluster/timing.js';
import type { Watched } from '../../src/operations/watch-status.js';
import { watchLines } from '../../src/render/watch-text.js';
import { RecordingTerminal } from '../support/recording-terminal.js';

const paint = new RecordingTerminal().out;
const at = new Date('2026-03-01T10:10:00Z');

function watched({ nodes = 3, out = 0, steps = 0 } = {}): Watched {
  const operation = {
    id: '20260301-100000-k7f3',
    kind: 'drain',
    state: 'running',
    isCrashed: false,
    nodes: ['web-1'],
    request: {},
    who: 'anna@desk',
    host: 'desk',
    reason: null,
    changeId: null,
    channel: 'database',
    started: new Date('2026-03-01T10:00:00Z'),
    ended: null,
    outcome: null,
  } as const;
  return {
    look: {
      cluster: { context: 'prod', server: 'sql1', database: 'Octopus', version: '2025.4' },
      at,
      nodes: Array.from({ length: nodes }, (_, i) => ({
        id: `OctopusServerNodes-web-${i + 1}`,
        name: `web-${i + 1}`,
        state: i >= nodes - out ? ('offline' as const) : ('running' as const),
        draining: false,
        hold: null,
        runningTasks: i % 6,
        taskCap: 5,
        lastSeen: at,
        version: '2025.4',
      })),
      queue: { queued: 2, scheduled: 0, oldestMs: 90_000, waitingForHuman: 0 },
      capacity: { total: 10, withoutLargest: 5 },
      running: 7,
      operation: steps > 0 ? operation : null,
      orphaned: 0,
      timing: octopusTiming,
      unfinished: [],
      bound: new Map(),
      oddities: [],
    },
    steps: Array.from({ length: steps }, (_, i) => ({
      number: i + 1,
      nodeId: 'OctopusServerNodes-web-1',
      action: 'drain',
      intended: at,
      ended: i + 1 < steps ? at : null,
      result: i + 1 < steps ? ('done' as const) : null,
      detail: null,
    })),
    estimate: steps > 0 ? { usualMs: 900_000, of: 4, leftMs: 300_000 } : null,
  };
}

describe('the screen of status --watch', () => {
  test('shows nodes with bars, the queue, the operation with its steps, and an estimate', () => {
    const lines = watchLines(watched({ steps: 2 }), { columns: 80, rows: 24, trouble: undefined }, paint);

    assert.deepEqual(lines, [
      'prod  Octopus  2025.4  2026-03-01 10:10:00Z',
      '',
      'NODE   STATE    TASKS           LAST SEEN  HOLD',
      'web-1  running  ░░░░░░░░░░ 0/5  0ms ago',
      'web-2  running  ██░░░░░░░░ 1/5  0ms ago',
      'web-3  running  ████░░░░░░ 2/5  0ms ago',
      '',
      'tasks     7 running, 2 queued (oldest 1m 30s)',
      'capacity  10, 5 without the largest node',
      '',
      'operation 20260301-100000-k7f3: drain web-1 by anna@desk, for 10m',
      '  1. drain web-1  done',
      '  2. drain web-1  under way',
      '  usually 15m (4 drains before); about 5m left',
      '',
      'Ctrl-C ends the watching',
    ]);
  });

  test('fits every terminal, and says what it leaves out', () => {
    const sizes = fc.record({
      nodes: fc.integer({ min: 1, max: 70 }),
      out: fc.nat(3),
      steps: fc.nat(9),
      rows: fc.integer({ min: 1, max: 60 }),
      columns: fc.integer({ min: 20, max: 220 }),
    });
    fc.assert(
      fc.property(sizes, ({ nodes, out, steps, rows, columns }) => {
        const lines = watchLines(watched({ nodes, out, steps }), { columns, rows, trouble: undefined }, paint);

        assert.ok(lines.length <= rows);
        if (rows < 24) return;
        const rowsOfNodes = lines.filter((line) => /^web-\d+ /.test(line)).length;
        const left = Number(/^(\d+) more/m.exec(lines.join('\n'))?.[1] ?? 0);
        assert.equal(rowsOfNodes + left, nodes);
        if (left > 0 && out <= nodes && columns >= 60) {
          assert.equal(lines.filter((line) => line.includes('offline')).length, out, 'what is wrong comes first');
        }
      }),
    );
  });

  test('keeps the last state where the database does not answer, and says since when', () => {
    const trouble = 'no answer since 10:10: cannot reach sql1';

    const lines = watchLines(watched(), { columns: 80, rows: 24, trouble }, paint);

    assert.equal(lines.at(-1), trouble);
    assert.match(lines.join('\n'), /web-3 +running/);
  });
});
