import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Task } from '../../src/cluster/task.js';
import { seen } from '../../src/render/status-text.js';
import { tasksTable } from '../../src/render/tasks-text.js';
import { RecordingTerminal } from '../support/recording-terminal.js';

const at = new Date('2026-03-01T10:00:00Z');
const earlier = new Date('2026-03-01T09:58:30Z');
const ages = new RecordingTerminal().out;
const instants = { ...ages, absoluteTimes: true };

describe('times', () => {
  test('are ages by the clock of the database, or instants in UTC', () => {
    assert.equal(seen(earlier, at, ages), '1m 30s ago');
    assert.equal(seen(earlier, at, instants), '2026-03-01 09:58:30Z');
    assert.equal(seen(null, at, instants), 'never');
  });

  test('of tasks are either too, under a head that says which', () => {
    const task: Task = {
      id: 'ServerTasks-1',
      name: 'Deploy',
      description: 'x'.repeat(100),
      state: 'Executing',
      queuedAt: earlier,
      startedAt: earlier,
      completedAt: null,
      node: null,
      waitsForHuman: false,
    };

    assert.match(tasksTable([task], at, String, ages), /FOR .*\n.* 1m 30s .*x{100}$/);
    assert.match(tasksTable([task], at, String, instants), /SINCE .*\n.*2026-03-01 09:58:30Z/);
  });
});
