import type { Dialect, Query } from '../database/dialect.js';
import type { Changed, Row, Session } from '../ports/database.js';

/** A statement of a transaction. Where it touches another number of rows than it expects, all of it is undone. */
export interface Change {
  readonly query: Query;
  readonly expects: number | 'any';
}

/**
 * The database as Octopus Server itself uses it, which the lab stands in for: with the newest shape of the tables, and
 * with writes that octo-ha never makes.
 */
export interface OctopusDatabase extends AsyncDisposable {
  readonly dialect: Dialect;
  /** Asks everything at one moment. */
  read(queries: readonly Query[], signal: AbortSignal): Promise<readonly (readonly Row[])[]>;
  change(changes: readonly Change[], signal: AbortSignal): Promise<Changed>;
  define(queries: readonly Query[], signal: AbortSignal): Promise<void>;
  readonly session: Session;
}

const here = { database: null };

export function octopusDatabase(session: Session, dialect: Dialect): OctopusDatabase {
  return {
    session,
    dialect,
    read: (queries, signal) => session.read(dialect.compile(queries, here), signal),
    change(changes, signal) {
      const statements = dialect.compile(
        changes.map(({ query }) => query),
        here,
      );
      return session.change(
        statements.map((statement, i) => ({ ...statement, expects: changes[i]?.expects ?? 1 })),
        signal,
      );
    },
    define: (queries, signal) => session.define(dialect.compile(queries, here), signal),
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}
