import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { sql } from 'kysely';
import { parseConnectionString } from '../../../src/adapters/sql-server/connection-string.js';
import { openPool } from '../../../src/adapters/sql-server/pool.js';
import { openSqlServer } from '../../../src/adapters/sql-server/session.js';
import { systemClock } from '../../../src/adapters/system-clock.js';
import { sqlServer } from '../../../src/database/dialects/sql-server.js';
import { Failure } from '../../../src/errors.js';
import { DatabaseError, type Session, type SqlValue } from '../../../src/ports/database.js';

const connectionString = process.env['OCTO_HA_TEST_MSSQL'];
const skip = connectionString === undefined && 'OCTO_HA_TEST_MSSQL names no SQL Server';

const session = (extra = '') =>
  openSqlServer({ settings: parseConnectionString(`${connectionString};${extra}`), clock: systemClock });

/** A table of its own for one test, dropped at its end. */
async function withTable(
  signal: AbortSignal,
  use: (it: { readonly session: Session; readonly table: string }) => Promise<void>,
): Promise<void> {
  await using it = session();
  const table = `dbo.octo_ha_test_${randomBytes(6).toString('hex')}`;
  await it.define([statement(`CREATE TABLE ${table} (id int NOT NULL PRIMARY KEY, note nvarchar(200) NULL)`)], signal);
  try {
    await it.change(
      [1, 2].map((id) => step(`INSERT INTO ${table} VALUES (@p${id}, N'old')`, [id])),
      signal,
    );
    await use({ session: it, table });
  } finally {
    await it.define([statement(`DROP TABLE ${table}`)], AbortSignal.timeout(20_000));
  }
}

const statement = (text: string, parameters: readonly SqlValue[] = []) => ({ sql: text, parameters });
const step = (text: string, parameters: readonly SqlValue[] = [], expects: number | 'any' = 1) => ({
  ...statement(text, parameters),
  expects,
});

async function notes({ session: it, table }: { session: Session; table: string }, signal: AbortSignal) {
  const [rows = []] = await it.read([statement(`SELECT note FROM ${table} ORDER BY id`)], signal);
  return rows.map(({ note }) => note);
}

describe('a real server', () => {
  test('reads several statements in one batch, with parameters through all of them', { skip }, async (t) => {
    await using it = session();

    const [first, second, third] = await it.read(
      [
        statement('SELECT @p1 + 1 AS n', [41]),
        statement('SELECT name FROM sys.databases WHERE name = @p2', ['no such database']),
        statement('SELECT COUNT(*) AS n FROM sys.databases WHERE @p3 = @p4', [true, true]),
      ],
      t.signal,
    );

    assert.equal(first?.[0]?.['n'], 42);
    assert.deepEqual(second, []);
    assert.ok(Number(third?.[0]?.['n']) > 0);
  });

  test('runs what the dialect compiles', { skip }, async (t) => {
    await using it = session();
    const here = { database: null };

    const [columns, facts] = await it.read(
      sqlServer.compile([sqlServer.columns, sqlServer.facts('OctopusHA'), sql`SELECT 1 AS one`], here),
      t.signal,
    );

    assert.ok(Array.isArray(columns));
    assert.ok(facts?.[0]?.['now'] instanceof Date);
    assert.ok(Math.abs((facts[0]['now'] as Date).getTime() - Date.now()) < 60_000);
  });

  test('keeps text of every script', { skip }, async (t) => {
    await withTable(t.signal, async (it) => {
      const text = 'Größe Ω 東京 🐙 – ﷽';

      await it.session.change([step(`UPDATE ${it.table} SET note = @p1 WHERE id = 1`, [text])], t.signal);

      assert.deepEqual(await notes(it, t.signal), [text, 'old']);
    });
  });

  test('keeps instants, large numbers, bytes and nothing', { skip }, async (t) => {
    await using it = session();
    const table = `dbo.octo_ha_test_${randomBytes(6).toString('hex')}`;
    const at = new Date('2024-02-29T23:59:59.123Z');
    const columns = 'at datetimeoffset, large bigint, share float, flag bit, bytes varbinary(20), missing nvarchar(20)';
    await it.define([statement(`CREATE TABLE ${table} (${columns})`)], t.signal);
    try {
      const values = [at, 9_007_199_254_740_993n, 0.25, true, Uint8Array.of(0, 255), null];
      await it.change([step(`INSERT INTO ${table} VALUES (@p1, @p2, @p3, @p4, @p5, @p6)`, values)], t.signal);

      const [rows = []] = await it.read([statement(`SELECT * FROM ${table} WHERE at = @p1`, [at])], t.signal);

      assert.deepEqual(
        { ...rows[0] },
        {
          at,
          large: '9007199254740993',
          share: 0.25,
          flag: true,
          bytes: Buffer.from([0, 255]),
          missing: null,
        },
      );
    } finally {
      await it.define([statement(`DROP TABLE ${table}`)], AbortSignal.timeout(20_000));
    }
  });

  test('a change that hits what it expects is made', { skip }, async (t) => {
    await withTable(t.signal, async (it) => {
      const changed = await it.session.change(
        [
          step(`UPDATE ${it.table} SET note = @p1 WHERE id = @p2 -- the first`, ['new', 1]),
          step(`UPDATE ${it.table} SET note = @p3 WHERE id = @p4;`, ['new', 2]),
          step(`DELETE FROM ${it.table} WHERE id > 2`, [], 'any'),
        ],
        t.signal,
      );

      assert.deepEqual(changed, { applied: true });
      assert.deepEqual(await notes(it, t.signal), ['new', 'new']);
    });
  });

  test('a change that misses leaves nothing, whichever step it is', { skip }, async (t) => {
    await withTable(t.signal, async (it) => {
      const hit = (id: number, parameter: number) =>
        step(`UPDATE ${it.table} SET note = N'new' WHERE id = @p${parameter}`, [id]);

      assert.deepEqual(await it.session.change([hit(9, 1), hit(1, 2)], t.signal), { applied: false, missed: 0 });
      assert.deepEqual(await it.session.change([hit(1, 1), hit(9, 2), hit(2, 3)], t.signal), {
        applied: false,
        missed: 1,
      });
      assert.deepEqual(await notes(it, t.signal), ['old', 'old']);
    });
  });

  test('a change that fails leaves nothing, and no transaction behind', { skip }, async (t) => {
    await withTable(t.signal, async (it) => {
      const steps = [
        step(`UPDATE ${it.table} SET note = N'new' WHERE id = 1`),
        step(`INSERT INTO ${it.table} VALUES (2, N'twice')`),
      ];

      await assert.rejects(it.session.change(steps, t.signal), (error) => {
        assert.ok(error instanceof DatabaseError);
        assert.equal(error.number, 2627);
        return true;
      });

      assert.deepEqual(await notes(it, t.signal), ['old', 'old']);
      const [rows = []] = await it.session.read([statement('SELECT @@TRANCOUNT AS n')], t.signal);
      assert.equal(rows[0]?.['n'], 0);
    });
  });

  test('a change that finds the row locked steps back, and is made once the lock is gone', { skip }, async (t) => {
    await withTable(t.signal, async (it) => {
      await using other = openPool({
        settings: parseConnectionString(connectionString ?? ''),
        password: undefined,
        ca: undefined,
        connectTimeout: 10_000,
        requestTimeout: 10_000,
      });
      const holder = await other.begin(t.signal);
      await holder.run(`UPDATE ${it.table} SET note = N'held' WHERE id = 1`, []);
      const letGo = setTimeout(() => void holder.rollback(), 5500);
      t.after(() => clearTimeout(letGo));
      const before = performance.now();

      const changed = await it.session.change(
        [
          step(`UPDATE ${it.table} SET note = N'new' WHERE id = 2`),
          step(`UPDATE ${it.table} SET note = N'new' WHERE id = 1`),
        ],
        t.signal,
      );

      assert.deepEqual(changed, { applied: true });
      assert.ok(performance.now() - before > 5900, 'it did not step back');
      assert.deepEqual(await notes(it, t.signal), ['new', 'new']);
    });
  });

  test('definitions that fail leave nothing', { skip }, async (t) => {
    await using it = session();
    const table = `dbo.octo_ha_test_${randomBytes(6).toString('hex')}`;

    await assert.rejects(
      it.define(
        [statement(`CREATE TABLE ${table} (id int)`), statement('SELECT nothing FROM dbo.no_such_table')],
        t.signal,
      ),
      DatabaseError,
    );

    await assert.rejects(it.read([statement(`SELECT * FROM ${table}`)], t.signal), DatabaseError);
  });

  test('two who define wait for each other', { skip }, async (t) => {
    await withTable(t.signal, async ({ table }) => {
      await Promise.all(
        [3, 4, 5].map(async (id) => {
          await using it = session();
          await it.define(
            [
              statement(`INSERT INTO ${table} SELECT MAX(id) + 1, @p1 FROM ${table}`, [String(id)]),
              statement(`UPDATE ${table} SET note = note WHERE id = 1`),
            ],
            t.signal,
          );
        }),
      );

      await using it = session();
      const [rows = []] = await it.read([statement(`SELECT id FROM ${table} ORDER BY id`)], t.signal);
      assert.deepEqual(
        rows.map(({ id }) => id),
        [1, 2, 3, 4, 5],
      );
    });
  });

  test('a long statement is left at once when aborted, and the session goes on', { skip }, async (t) => {
    await using it = session();
    await it.read([statement('SELECT 1 AS n')], t.signal);
    // Long, but not for ever: some servers finish what nobody waits for.
    const some = '(SELECT TOP 300 name FROM sys.all_columns)';
    const long = `SELECT COUNT(*) AS n FROM ${some} a CROSS JOIN ${some} b CROSS JOIN ${some} c WHERE a.name <> b.name + c.name`;
    const abort = new AbortController();
    const reason = new Error('enough');
    const reading = it.read([statement(long)], abort.signal);
    setTimeout(() => abort.abort(reason), 300);
    const before = performance.now();

    await assert.rejects(reading, (error) => error === reason);

    assert.ok(performance.now() - before < 1000);
    const [rows = []] = await it.read([statement('SELECT 2 AS n')], t.signal);
    assert.equal(rows[0]?.['n'], 2);
  });

  test('refuses a wrong password', { skip }, async (t) => {
    await using it = openSqlServer({
      settings: parseConnectionString(connectionString ?? ''),
      password: 'not-the-password',
      clock: systemClock,
    });

    await assert.rejects(it.read([statement('SELECT 1 AS n')], t.signal), (error) => {
      assert.ok(error instanceof Failure, String(error));
      assert.equal(error.kind, 'unreachable');
      assert.match(error.message, /refused the login/);
      return true;
    });
  });

  test('has no such database', { skip }, async (t) => {
    await using it = session('Database=no_such_database');

    await assert.rejects(it.read([statement('SELECT 1 AS n')], t.signal), (error) => {
      assert.ok(error instanceof Failure, String(error));
      assert.equal(error.kind, 'unreachable');
      assert.match(error.message, /has no database no_such_database/);
      return true;
    });
  });
});
