import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import Libsql from 'libsql';
import { openSqlite } from '../../../src/adapters/sqlite/session.js';
import { systemClock } from '../../../src/adapters/system-clock.js';

const { signal } = new AbortController();
const statement = (sql: string) => ({ sql, parameters: [] });
const write = { ...statement('INSERT INTO dbo.thing (x) VALUES (1)'), expects: 1 };

async function withDatabase(use: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'octo-ha-test-'));
  try {
    await using session = openSqlite({ directory, clock: systemClock, create: true });
    await session.define([statement('CREATE TABLE dbo.thing (x int)')], signal);
    await use(directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** Another process that has the file for itself, until it gives it back. */
function lock(directory: string): { release(): void } {
  const other = new Libsql(join(directory, 'dbo.db'), { timeout: 0 });
  other.exec('BEGIN EXCLUSIVE');
  return {
    release() {
      other.exec('COMMIT');
      other.close();
    },
  };
}

describe('a SQLite session that meets a locked file', () => {
  for (const kind of ['reads', 'changes'] as const) {
    test(`waits while it ${kind}, and keeps no lock of its own afterwards`, () =>
      withDatabase(async (directory) => {
        await using session = openSqlite({ directory, clock: systemClock });
        await using another = openSqlite({ directory, clock: systemClock, patience: 500 });
        await session.read([statement('SELECT * FROM dbo.thing')], signal);
        const locked = lock(directory);

        const waiting =
          kind === 'reads'
            ? session.read([statement('SELECT * FROM dbo.thing')], signal)
            : session.change([write], signal);
        await systemClock.sleep(50, signal);
        locked.release();
        await waiting;
        assert.deepEqual(await session.change([write], signal), { applied: true });

        assert.deepEqual(await another.change([write], signal), { applied: true });
      }));
  }

  test('waits when it is the first thing it meets', () =>
    withDatabase(async (directory) => {
      await using session = openSqlite({ directory, clock: systemClock });
      const locked = lock(directory);

      const waiting = session.read([statement('SELECT COUNT(*) AS n FROM dbo.thing')], signal);
      await systemClock.sleep(50, signal);
      locked.release();

      assert.deepEqual(await waiting, [[{ n: 0 }]]);
    }));
});
