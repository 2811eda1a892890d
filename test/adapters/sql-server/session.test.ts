import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Failure } from '../../../src/errors.js';
import { DatabaseError } from '../../../src/ports/database.js';
import { eventually, opened, select, update } from './endpoint.js';

const failure = (kind: string, message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof Failure, String(error));
  assert.equal(error.kind, kind);
  assert.match(error.message, message);
  return true;
};

const databaseError = (number: number) => (error: unknown) => error instanceof DatabaseError && error.number === number;

describe('reading', () => {
  test('connects at the first use, and asks everything in one round trip', async (t) => {
    const seen = new Date('2024-02-29T12:34:56.789Z');
    await using it = await opened({
      answer: () => [[{ Name: 'web-1', cap: 5, draining: true, seen }], [], [{ nothing: null }]],
    });
    assert.equal(it.server.connections, 0);

    const recordsets = await it.session.read(
      [
        { sql: 'SELECT * FROM a WHERE x = @p1 AND y = @p2', parameters: ['é', 7] },
        { sql: 'SELECT * FROM b', parameters: [] },
        { sql: 'SELECT @p3, @p4, @p5, @p6, @p7', parameters: [2 ** 40, 0.5, true, seen, null] },
      ],
      t.signal,
    );

    assert.deepEqual(
      recordsets.map((rows) => rows.map((row) => ({ ...row }))),
      [[{ Name: 'web-1', cap: 5, draining: true, seen }], [], [{ nothing: null }]],
    );
    assert.equal(it.server.requests.length, 1);
    assert.match(it.server.requests[0]?.text ?? '', /^SET LOCK_TIMEOUT 5000;\nSET DEADLOCK_PRIORITY LOW;\nSELECT/);
    assert.equal(
      it.server.requests[0]?.declaration.toLowerCase(),
      '@p1 nvarchar(4000), @p2 int, @p3 bigint, @p4 float, @p5 bit, @p6 datetimeoffset(7), @p7 nvarchar(4000)',
    );
    for (const { user, application, database } of it.server.logins) {
      assert.deepEqual([user, application, database], ['octopus', 'octo-ha', 'Octopus']);
    }
  });

  test('logs in once', async (t) => {
    await using it = await opened({ answer: () => [[{ one: 1 }]] });

    await it.session.read([select], t.signal);
    await it.session.read([select], t.signal);

    assert.equal(it.server.connections, 1);
    assert.equal(it.server.logins.length, 1);
  });

  test('an answer with a recordset too few is a bug, not a shift', async (t) => {
    await using it = await opened({ answer: () => [[{ one: 1 }]] });

    await assert.rejects(it.session.read([select, select], t.signal), /2 statements were answered by 1 recordsets/);
  });

  for (const number of [1205, 40613, 3906]) {
    test(`is repeated after error ${number}, each time after a longer rest`, async (t) => {
      await using it = await opened({
        answer: (_, nth) => (nth < 4 ? { number, message: 'not now' } : [[{ one: 1 }]]),
      });

      await it.session.read([select], t.signal);

      assert.equal(it.server.requests.length, 4);
      assert.deepEqual(it.clock.slept, [200, 400, 800]);
    });
  }

  test('gives up on a transient error in the end, with its number', async (t) => {
    await using it = await opened({ answer: () => ({ number: 40501, message: 'busy' }) });

    await assert.rejects(it.session.read([select], t.signal), databaseError(40501));

    assert.equal(it.server.requests.length, 4);
  });

  test('steps back from a lock that is held', async (t) => {
    await using it = await opened({
      answer: () => ({ number: 1222, message: 'Lock request time out period exceeded.' }),
    });

    await assert.rejects(it.session.read([select], t.signal), databaseError(1222));

    assert.deepEqual(it.clock.slept, [1000, 2000]);
  });

  for (const number of [207, 208, 229, 8134]) {
    test(`is not repeated after error ${number}`, async (t) => {
      await using it = await opened({ answer: () => ({ number, message: `server text ${number}` }) });

      await assert.rejects(it.session.read([select], t.signal), (error: unknown) => {
        assert.ok(databaseError(number)(error));
        assert.equal((error as Error).message, `server text ${number}`);
        return true;
      });

      assert.equal(it.server.requests.length, 1);
    });
  }

  test('is repeated on a new connection when this one breaks in the middle of the answer', async (t) => {
    await using it = await opened({ answer: (_, nth) => (nth === 1 ? 'reset' : [[{ one: 1 }]]) });

    const [rows] = await it.session.read([select], t.signal);

    assert.deepEqual({ ...rows?.[0] }, { one: 1 });
    assert.equal(it.server.requests.length, 2);
  });

  test('ends when the server never answers, whether or not it takes notice of being cancelled', async (t) => {
    for (const ignoresCancel of [false, true]) {
      await using it = await opened({ answer: () => 'silence', ignoresCancel }, { requestTimeout: 300 });
      const before = performance.now();

      await assert.rejects(
        it.session.read([select], t.signal),
        failure('unreachable', /^SQL Server at localhost:\d+ did not answer within 0\.3 s$/),
      );

      assert.ok(performance.now() - before < 2500);
      assert.equal(it.server.requests.length, 1);
    }
  });

  test('is cancelled on the server when aborted, and rejects at once with the reason', async (t) => {
    for (const ignoresCancel of [false, true]) {
      await using it = await opened({ answer: (_, nth) => (nth === 1 ? 'silence' : [[{ one: 1 }]]), ignoresCancel });
      const reason = new Error('the person pressed Ctrl-C');
      const abort = new AbortController();
      const reading = it.session.read([select], abort.signal);
      await eventually(() => it.server.requests.length > 0);
      const before = performance.now();

      abort.abort(reason);
      await assert.rejects(reading, (error) => error === reason);

      assert.ok(performance.now() - before < 200);
      await it.session.read([select], t.signal);
      await eventually(() => it.server.cancels === 1);
    }
  });

  test('does not begin when already aborted', async () => {
    await using it = await opened();

    await assert.rejects(it.session.read([select], AbortSignal.abort(new Error('too late'))), /too late/);
    assert.equal(it.server.requests.length, 0);
  });
});

describe('changing', () => {
  test('is one round trip', async (t) => {
    await using it = await opened({ answer: () => [[{ missed: -1 }]] });

    assert.deepEqual(await it.session.change([update, update], t.signal), { applied: true });
    assert.equal(it.server.requests.length, 1);
  });

  test('tells which step missed', async (t) => {
    await using it = await opened({ answer: () => [[{ Id: 'a row that a step put out' }], [{ missed: 1 }]] });

    assert.deepEqual(await it.session.change([update, update], t.signal), { applied: false, missed: 1 });
  });

  test('is repeated where the server says that it has rolled back', async (t) => {
    for (const number of [1205, 1222]) {
      await using it = await opened({
        answer: (_, nth) => (nth < 3 ? { number, message: 'no' } : [[{ missed: -1 }]]),
      });

      assert.deepEqual(await it.session.change([update], t.signal), { applied: true });
      assert.equal(it.server.requests.length, 3);
    }
  });

  test('is repeated where the server was not reached at all', async (t) => {
    await using it = await opened({
      login: (nth) => (nth === 1 ? [{ number: 40613, message: 'not currently available' }] : undefined),
      answer: () => [[{ missed: -1 }]],
    });

    assert.deepEqual(await it.session.change([update], t.signal), { applied: true });
    assert.equal(it.server.requests.length, 1);
  });

  test('is not repeated where the server refuses it', async (t) => {
    for (const number of [547, 3906, 40501]) {
      await using it = await opened({ answer: () => ({ number, message: 'refused' }) });

      await assert.rejects(it.session.change([update], t.signal), databaseError(number));
      assert.equal(it.server.requests.length, 1);
    }
  });

  test('is unknown, and never repeated, when contact is lost while it was under way', async (t) => {
    const lost = [
      'reset',
      { number: 40197, message: 'the service has encountered an error' },
      { number: 596, message: 'the session is in the kill state', severity: 21 },
    ] as const;
    for (const answer of lost) {
      await using it = await opened({ answer: () => answer });

      await assert.rejects(
        it.session.change([update], t.signal),
        failure(
          'unknown',
          /contact with SQL Server at localhost:\d+ was lost: .*whether the change was made is not known/,
        ),
      );
      assert.equal(it.server.requests.length, 1);
    }
  });

  test('is unknown when nobody answers in time', async (t) => {
    await using it = await opened({ answer: () => 'silence' }, { requestTimeout: 200 });

    await assert.rejects(
      it.session.change([update], t.signal),
      failure('unknown', /did not answer within 0\.2 s; whether/),
    );
    assert.equal(it.server.requests.length, 1);
  });
});

describe('defining', () => {
  const define = [
    { sql: 'CREATE SCHEMA octo_ha', parameters: [] },
    { sql: 'INSERT INTO a VALUES (@p1)', parameters: ['x'] },
    { sql: 'INSERT INTO a VALUES (@p2, @p3)', parameters: [1, 2] },
  ];
  const granted = (text: string) => (text.includes('sp_getapplock') ? [[{ granted: 0 }]] : []);

  test('is one transaction with the lock first and a batch a statement', async (t) => {
    await using it = await opened({ answer: ({ text }) => granted(text) });

    await it.session.define(define, t.signal);

    assert.deepEqual(
      it.server.requests.map(({ kind }) => kind),
      ['begin', 'statement', 'statement', 'statement', 'statement', 'commit'],
    );
    assert.match(it.server.requests[1]?.text ?? '', /sp_getapplock/);
    assert.deepEqual(
      it.server.requests.slice(2, 5).map(({ text, declaration }) => [text, declaration]),
      [
        ['CREATE SCHEMA octo_ha', ''],
        ['INSERT INTO a VALUES (@p1)', '@p1 nvarchar(4000)'],
        ['INSERT INTO a VALUES (@p2, @p3)', '@p2 int, @p3 int'],
      ],
    );
  });

  test('gives way to somebody who holds the lock', async (t) => {
    for (const answer of [-1, -999]) {
      await using it = await opened({ answer: ({ kind }) => (kind === 'statement' ? [[{ granted: answer }]] : []) });

      await assert.rejects(it.session.define(define, t.signal), failure('busy', /somebody else/));
      assert.deepEqual(
        it.server.requests.map(({ kind }) => kind),
        ['begin', 'statement', 'rollback'],
      );
    }
  });

  test('does not commit after a statement that failed', async (t) => {
    await using it = await opened({
      answer: ({ text }) => (text.startsWith('INSERT') ? { number: 2627, message: 'duplicate' } : granted(text)),
    });

    await assert.rejects(it.session.define(define, t.signal), databaseError(2627));
    assert.ok(!it.server.requests.some(({ kind }) => kind === 'commit'));
  });

  test('is unknown only when contact is lost at the commit', async (t) => {
    for (const [kind, expected] of [
      ['statement', 'unreachable'],
      ['commit', 'unknown'],
    ] as const) {
      await using it = await opened({ answer: (asked) => (asked.kind === kind ? 'reset' : granted(asked.text)) });

      await assert.rejects(it.session.define(define, t.signal), failure(expected, /contact .* was lost/));
    }
  });
});

describe('several at once', () => {
  test('share four connections', async (t) => {
    await using it = await opened({ answer: () => [[{ one: 1 }]] });

    await Promise.all(Array.from({ length: 20 }, () => it.session.read([select], AbortSignal.any([t.signal]))));

    assert.equal(it.server.requests.length, 20);
    assert.ok(it.server.connections <= 4, `${it.server.connections} connections`);
  });

  test('one that is aborted leaves the others alone', async (t) => {
    await using it = await opened({ login: () => undefined, answer: () => [[{ one: 1 }]] });
    const abort = new AbortController();
    const aborted = it.session.read([select], abort.signal);
    const others = [it.session.read([select], t.signal), it.session.read([select], t.signal)];

    abort.abort(new Error('enough'));

    await assert.rejects(aborted, /enough/);
    await Promise.all(others);
  });
});

describe('closing', () => {
  test('does not wait for a server that is silent', async (t) => {
    const it = await opened({ answer: () => 'silence', ignoresCancel: true });
    const reading = it.session.read([select], t.signal);
    reading.catch(() => {});
    await eventually(() => it.server.requests.length > 0);
    const before = performance.now();

    await it[Symbol.asyncDispose]();

    assert.ok(performance.now() - before < 500);
    await assert.rejects(reading);
  });

  test('does not wait for a login that is not answered', async (t) => {
    const it = await opened({ login: () => 'silence' });
    const reading = it.session.read([select], t.signal);
    reading.catch(() => {});
    await eventually(() => it.server.logins.length > 0);
    const before = performance.now();

    await it[Symbol.asyncDispose]();

    assert.ok(performance.now() - before < 500);
    await assert.rejects(reading);
  });
});
