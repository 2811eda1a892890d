import assert from 'node:assert/strict';
import { setMaxListeners } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { folderShare } from '../../../src/adapters/share/folder-share.js';
import { lookForTaskLogs, taskLogs } from '../../../src/checks/storage/task-logs.js';
import { engines } from '../../support/engines.js';
import { insertNode, insertTask } from '../../support/octopus-rows.js';
import { createTables, octopusShapes } from '../../support/octopus-shapes.js';
import { folderOptions } from '../../support/share.js';

const never = new AbortController().signal;
setMaxListeners(0, never);

const shape = octopusShapes.find(({ name }) => name === '2021 and later');
const [engine] = engines;

/** Two nodes that have finished a task each, and files with so many bytes among the logs. */
async function verdictOf(files: Readonly<Record<string, number>> | undefined, tasks = 2) {
  assert.ok(shape && engine);
  await using created = await engine.create();
  const queuedAt = new Date(Date.now() - 60_000);
  await created.execute(createTables(shape));
  await created.execute(['web-1', 'web-2', 'web-3'].flatMap((name) => insertNode(shape, { name, lastSeen: queuedAt })));
  await created.execute(
    ['web-1', 'web-2']
      .slice(0, tasks)
      .map((node, i) => insertTask(shape, { id: `ServerTasks-1${i}`, state: 'Success', queuedAt, node })),
  );
  const directory = await mkdtemp(join(tmpdir(), 'octo-ha-logs-'));
  await using share = folderShare(directory, folderOptions);
  try {
    if (files !== undefined) await mkdir(join(directory, 'TaskLogs'));
    for (const [name, size] of Object.entries(files ?? {})) {
      await writeFile(join(directory, 'TaskLogs', name), 'x'.repeat(size));
    }
    return taskLogs.judge(await lookForTaskLogs(created.open(), share, never));
  } finally {
    await rm(directory, { recursive: true });
  }
}

describe('the logs of every node', () => {
  test('arrive, in the names of Octopus and in those of the lab', async () => {
    const verdict = await verdictOf({
      'servertasks-10_4f9xbqq1.txt': 10,
      'ServerTasks-11.txt': 3,
      'servertasks-1_x.txt': 1,
    });

    assert.deepEqual(verdict, { status: 'pass', evidence: { nodes: ['web-1', 'web-2'], without: [] } });
  });

  test('are missed of the node that keeps them for itself', async () => {
    // Of another task, whose number begins alike.
    const verdict = await verdictOf({
      'servertasks-10_4f9x.txt': 10,
      'servertasks-110_4f9x.txt': 10,
      'servertasks-1_1.txt': 9,
    });

    assert.equal(verdict.status, 'fail');
    assert.ok('problem' in verdict);
    assert.equal(verdict.problem, 'no logs of the newest tasks of web-2 (ServerTasks-11): kept elsewhere, or empty');
  });

  test('are missed where they are empty', async () => {
    assert.equal((await verdictOf({ 'servertasks-10_a.txt': 10, 'servertasks-11_a.txt': 0 })).status, 'fail');
  });

  test('are missed of all where there is no file at all', async () => {
    const verdict = await verdictOf({});

    assert.match(
      'problem' in verdict ? verdict.problem : '',
      /^TaskLogs is empty, although tasks have finished: web-1 /,
    );
  });

  test('are not known where other files are there', async () => {
    assert.equal((await verdictOf({ 'something else': 10 })).status, 'unknown');
  });

  test('are not known where the folder cannot be looked at', async () => {
    await assert.rejects(
      verdictOf(undefined),
      /^Failure: cannot list "TaskLogs" in .*: there is nothing of that name$/,
    );
  });

  test('are not asked for where no task has finished', async () => {
    assert.equal((await verdictOf({}, 0)).status, 'skip');
  });

  test('are known from one of several tasks', () => {
    const logs = [
      { task: 'ServerTasks-2', size: null },
      { task: 'ServerTasks-1', size: 5 },
    ];

    assert.equal(taskLogs.judge({ nodes: [{ name: 'web-1', logs }], isEmpty: false }).status, 'pass');
  });
});
