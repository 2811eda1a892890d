import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type LibsqlDatabase from 'libsql';
import { Failure } from '../../errors.js';
import type { Clock } from '../../ports/clock.js';
import {
  type Changed,
  DatabaseError,
  type Row,
  type Session,
  type SqlValue,
  type Statement,
} from '../../ports/database.js';

export interface SqliteOptions {
  /** Holds `main.db` (empty), `dbo.db` (Octopus' tables) and `octo_ha.db` (octo-ha's). */
  readonly directory: string;
  readonly clock: Clock;
  /** Makes the files that are missing; without it only existing ones are opened. */
  readonly create?: boolean;
  /** Milliseconds to try again while another process writes. */
  readonly patience?: number;
}

type Connection = InstanceType<typeof LibsqlDatabase>;

const schemas = ['dbo', 'octo_ha'] as const;

/**
 * Waits for every file before the first prepared statement. The driver leaves a prepared statement that finds a file
 * locked half done, and SQLite then keeps its own read lock until that statement is collected as garbage, minutes
 * later: until then nobody else can write.
 */
const beginReading = ['BEGIN', ...schemas.map((schema) => `SELECT 1 FROM ${schema}.sqlite_master LIMIT 1`)].join(';');

/**
 * SQLite as several processes share it. The driver never waits by itself, since that would stop heartbeats and Ctrl-C:
 * a busy database is tried again after an awaited pause.
 *
 * `main.db` is a real file because a commit over several attached files is atomic only then:
 * https://www.sqlite.org/lang_attach.html
 */
export function openSqlite(options: SqliteOptions): Session {
  const { clock, patience = 15_000 } = options;
  let opened: Promise<Connection> | undefined;

  async function whenFree<T>(signal: AbortSignal, work: (connection: Connection) => T): Promise<T> {
    signal.throwIfAborted();
    const started = clock.now();
    for (let pause = 2; ; pause = Math.min(pause * 2, 50)) {
      let connection: Connection | undefined;
      try {
        opened ??= connect(options);
        connection = await opened;
        return work(connection);
      } catch (error) {
        if (connection === undefined) opened = undefined;
        else if (connection.inTransaction) connection.exec('ROLLBACK');
        if (!isBusy(error)) throw asDatabaseError(error);
        if (clock.now() - started >= patience) {
          throw new Failure('unreachable', `the database in ${options.directory} is locked by another process`, {
            cause: error,
          });
        }
      }
      // Unequal pauses, so that two processes do not meet again and again.
      await clock.sleep(pause + Math.random() * pause, signal);
    }
  }

  return {
    engine: 'sqlite',
    read: (statements, signal) =>
      whenFree(signal, (connection) => {
        connection.exec(beginReading);
        const results = statements.map((statement) => all(connection, statement));
        connection.exec('COMMIT');
        return results;
      }),
    change: (steps, signal) =>
      whenFree(signal, (connection): Changed => {
        synchronise(connection, steps);
        connection.exec('BEGIN IMMEDIATE');
        for (const [index, step] of steps.entries()) {
          const { changes } = connection.prepare(step.sql).run(bind(step));
          if (step.expects !== 'any' && changes !== step.expects) {
            connection.exec('ROLLBACK');
            return { applied: false, missed: index };
          }
        }
        connection.exec('COMMIT');
        return { applied: true };
      }),
    define: (statements, signal) =>
      whenFree(signal, (connection) => {
        synchronise(connection, statements);
        connection.exec('BEGIN IMMEDIATE');
        for (const statement of statements) connection.prepare(statement.sql).run(bind(statement));
        connection.exec('COMMIT');
      }),
    async [Symbol.asyncDispose]() {
      const connection = await opened?.catch(() => undefined);
      connection?.close();
    },
  };
}

async function connect({ directory, create = false }: SqliteOptions): Promise<Connection> {
  const file = (name: string) => join(directory, `${name}.db`);
  const exists = async (name: string) =>
    access(file(name)).then(
      () => true,
      () => false,
    );
  if (!create && !(await exists('dbo'))) {
    throw new Failure('unreachable', `there is no database in ${directory}`, {
      hint: 'A lab that was taken down leaves none; start one with: octo-ha lab up',
    });
  }
  const Database = await driver();
  const connection = new Database(file('main'), { timeout: 0 });
  try {
    attach(connection, 'dbo', file('dbo'));
    // An empty database in memory stands for tables that nobody has created, so that reading creates no file.
    attach(connection, 'octo_ha', create || (await exists('octo_ha')) ? file('octo_ha') : ':memory:');
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

function attach(connection: Connection, schema: (typeof schemas)[number], file: string): void {
  connection.prepare(`ATTACH ? AS ${schema}`).run([file]);
}

/**
 * A commit over several files is atomic only by a super-journal, and SQLite writes none for a file whose
 * synchronisation is off (`vdbeCommit`, the table of journal modes). A commit to one file is atomic against a process
 * that is killed all the same, and many times faster without: a power cut is not a lab's concern.
 */
function synchronise(connection: Connection, statements: readonly Statement[]): void {
  const named = (schema: string) => statements.some(({ sql }) => sql.includes(schema));
  const level = schemas.every(named) ? 'NORMAL' : 'OFF';
  connection.exec(schemas.map((schema) => `PRAGMA ${schema}.synchronous = ${level}`).join(';'));
}

async function driver(): Promise<typeof LibsqlDatabase> {
  try {
    return (await import('libsql')).default;
  } catch (error) {
    throw new Failure('usage', 'the SQLite engine (package libsql) is not installed', {
      hint: 'It is an optional dependency: install octo-ha again without --omit=optional.',
      cause: error,
    });
  }
}

const all = (connection: Connection, statement: Statement): readonly Row[] =>
  connection.prepare(statement.sql).all(bind(statement)) as readonly Row[];

const bind = ({ parameters }: Statement): unknown[] => parameters.map(toSqlite);

/** SQLite knows neither instants nor booleans. */
function toSqlite(value: SqlValue): unknown {
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'boolean') return value ? 1 : 0;
  return value instanceof Uint8Array ? Buffer.from(value) : value;
}

const isBusy = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && /^SQLITE_(BUSY|LOCKED)/.test(String(error.code));

const asDatabaseError = (error: unknown): unknown =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE')
    ? new DatabaseError(error.message, { cause: error })
    : error;
