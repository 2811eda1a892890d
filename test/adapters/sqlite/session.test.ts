import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { watch } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openSqlite } from '../../../src/adapters/sqlite/session.js';
import { systemClock } from '../../../src/adapters/system-clock.js';
import { Failure } from '../../../src/errors.js';
import { DatabaseError, type Session } from '../../../src/ports/database.js';

const statement = (sql: string) => ({ sql, parameters: [] });

async function folder() {
  const directory = await mkdtemp(join(tmpdir(), 'octo-ha-sqlite-'));
  return { directory, [Symbol.asyncDispose]: () => rm(directory, { recursive: true }) };
}

async function counters(directory: string, signal: AbortSignal): Promise<Session> {
  const session = openSqlite({ directory, clock: systemClock, create: true });
  const tables = ['dbo.counter', 'octo_ha.counter'];
  await session.define(
    tables.flatMap((t) => [statement(`CREATE TABLE ${t} (n int)`), statement(`INSERT INTO ${t} VALUES (0)`)]),
    signal,
  );
  return session;
}

async function counts(session: Session, signal: AbortSignal): Promise<readonly number[]> {
  const rows = await session.read(
    [statement('SELECT n FROM dbo.counter'), statement('SELECT n FROM octo_ha.counter')],
    signal,
  );
  return rows.map(([row]) => Number(row?.['n']));
}

function counting(directory: string, turns: number): ChildProcess {
  const program = fileURLToPath(new URL('../../support/programs/count-in-two-files.ts', import.meta.url));
  return spawn(process.execPath, ['--import', 'tsx', program, directory, String(turns)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

describe('a SQLite database that several processes share', () => {
  test('keeps both files equal when a writer is killed in the middle, every time', async (t) => {
    await using place = await folder();
    await using session = await counters(place.directory, t.signal);
    for (let run = 0; run < 8; run++) {
      const writer = counting(place.directory, 1_000_000);
      await once(writer.stdout as NonNullable<typeof writer.stdout>, 'data');
      // Somewhere in the middle of some commit; which one does not matter.
      await delay(40 + run * 7);
      const ended = once(writer, 'exit');
      writer.kill('SIGKILL');
      await ended;

      const [dbo, own] = await counts(session, t.signal);
      assert.equal(dbo, own, `after run ${run}`);
      assert.ok((dbo ?? 0) > run, 'nothing was counted');
    }
  });

  test('commits to both files under one super-journal, without which a kill parts them', async (t) => {
    await using place = await folder();
    await using session = await counters(place.directory, t.signal);
    const seen = new Set<string>();
    const watched = watch(place.directory, (_, name) => seen.add(name ?? ''));
    const add = (table: string) => ({ ...statement(`UPDATE ${table} SET n = n + 1`), expects: 1 });

    await session.change([add('dbo.counter'), add('octo_ha.counter')], t.signal);
    while (!seen.has('octo_ha.db-journal')) await delay(1);

    watched.close();
    assert.ok(
      [...seen].some((name) => name.startsWith('main.db-mj')),
      [...seen].join(', '),
    );
  });

  test('loses no write of two processes that write at once', async (t) => {
    await using place = await folder();
    await using session = await counters(place.directory, t.signal);
    const writers = [counting(place.directory, 300), counting(place.directory, 300)];
    for (const writer of writers) writer.stdout?.resume();

    const codes = await Promise.all(writers.map(async (writer) => (await once(writer, 'exit'))[0]));

    assert.deepEqual(codes, [0, 0]);
    assert.deepEqual(await counts(session, t.signal), [600, 600]);
  });

  test('waits for a lock without stopping everything else', async (t) => {
    await using place = await folder();
    await using session = await counters(place.directory, t.signal);
    const { default: Database } = await import('libsql');
    const other = new Database(join(place.directory, 'dbo.db'), { timeout: 0 });
    other.exec('BEGIN EXCLUSIVE');
    let beats = 0;
    const heart = setInterval(() => beats++, 5);

    const change = session.change([{ ...statement('UPDATE dbo.counter SET n = 7'), expects: 1 }], t.signal);
    while (beats < 20) await delay(5);
    other.exec('COMMIT');

    assert.deepEqual(await change, { applied: true });
    clearInterval(heart);
    other.close();
  });

  test('gives up after its patience, as unreachable', async (t) => {
    await using place = await folder();
    await using made = await counters(place.directory, t.signal);
    await counts(made, t.signal);
    const { default: Database } = await import('libsql');
    const other = new Database(join(place.directory, 'dbo.db'), { timeout: 0 });
    other.exec('BEGIN EXCLUSIVE');
    await using session = openSqlite({ directory: place.directory, clock: systemClock, patience: 100 });

    await assert.rejects(
      counts(session, t.signal),
      (error) => error instanceof Failure && error.kind === 'unreachable',
    );
    other.exec('COMMIT');
    other.close();
  });

  test('gives up at once when aborted', async (t) => {
    await using place = await folder();
    await using session = await counters(place.directory, t.signal);
    const { default: Database } = await import('libsql');
    const other = new Database(join(place.directory, 'dbo.db'), { timeout: 0 });
    other.exec('BEGIN EXCLUSIVE');
    const stop = new AbortController();
    const waiting = counts(session, stop.signal);
    stop.abort(new Error('enough'));

    await assert.rejects(waiting, /enough/);
    other.exec('COMMIT');
    other.close();
  });

  test('makes no file when it is only read', async (t) => {
    await using place = await folder();
    const { default: Database } = await import('libsql');
    const dbo = new Database(join(place.directory, 'dbo.db'));
    dbo.exec('CREATE TABLE counter (n int)');
    dbo.close();
    await using session = openSqlite({ directory: place.directory, clock: systemClock });

    await session.read([statement('SELECT n FROM dbo.counter')], t.signal);

    assert.deepEqual(
      (await readdir(place.directory)).filter((name) => name === 'octo_ha.db'),
      [],
    );
  });

  test('says where there is no database', async (t) => {
    await using place = await folder();
    await using session = openSqlite({ directory: place.directory, clock: systemClock });

    await assert.rejects(session.read([statement('SELECT 1')], t.signal), (error) => {
      assert.ok(error instanceof Failure);
      assert.match(error.message, /there is no database in/);
      return error.kind === 'unreachable';
    });
  });

  test('undoes everything when a statement fails', async (t) => {
    await using place = await folder();
    await using session = await counters(place.directory, t.signal);
    const steps = ['UPDATE dbo.counter SET n = 9', 'UPDATE octo_ha.nothing SET n = 9'].map((sql) => ({
      ...statement(sql),
      expects: 1,
    }));

    await assert.rejects(session.change(steps, t.signal), DatabaseError);
    assert.deepEqual(await counts(session, t.signal), [0, 0]);
  });
});
