import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqlite } from '../../src/adapters/sqlite/session.js';
import { systemClock } from '../../src/adapters/system-clock.js';
import { clusterDatabase, type Database } from '../../src/database/database.js';
import type { Dialect, Query } from '../../src/database/dialect.js';
import { sqlite } from '../../src/database/dialects/sqlite.js';
import { migrate } from '../../src/database/migrate.js';
import type { Session } from '../../src/ports/database.js';

/** A database of its own for one test, gone when the test leaves its scope. */
export interface TestDatabase extends AsyncDisposable {
  readonly session: Session;
  readonly dialect: Dialect;
  /** A fresh look at it: what an earlier one knows of the catalogue is forgotten. */
  open(): Database;
  execute(queries: readonly (Query | string)[]): Promise<void>;
  /** Makes octo-ha's tables. */
  migrate(): Promise<readonly string[]>;
}

export interface Engine {
  readonly name: string;
  /** Why it cannot be used here. */
  readonly missing: string | false;
  create(): Promise<TestDatabase>;
}

const signal = new AbortController().signal;

/** Statements of a test are few and known, so literals may stand in their text. */
const compile = (dialect: Dialect, queries: readonly (Query | string)[]) =>
  queries.flatMap((query) =>
    typeof query === 'string' ? [{ sql: query, parameters: [] }] : dialect.compile([query], { database: null }),
  );

const sqliteEngine: Engine = {
  name: 'SQLite',
  missing: false,
  async create() {
    const directory = await mkdtemp(join(tmpdir(), 'octo-ha-test-'));
    const connect = (create: boolean) => openSqlite({ directory, clock: systemClock, create });
    const session = connect(true);
    const opened: Session[] = [session];
    return {
      session,
      dialect: sqlite,
      open() {
        const another = connect(false);
        opened.push(another);
        return clusterDatabase(another, sqlite, { own: '' });
      },
      execute: (queries) => session.define(compile(sqlite, queries), signal),
      migrate: () => migrate(session, sqlite, { database: directory, server: 'test' }, signal),
      async [Symbol.asyncDispose]() {
        for (const one of opened) await one[Symbol.asyncDispose]();
        await rm(directory, { recursive: true });
      },
    };
  },
};

/** Every engine that the contract tests run over. */
export const engines: readonly Engine[] = [sqliteEngine];
