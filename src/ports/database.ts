/** A statement with its values apart. Values never enter the text. */
export interface Statement {
  readonly sql: string;
  readonly parameters: readonly SqlValue[];
}

export type SqlValue = string | number | bigint | boolean | Date | Uint8Array | null;

export type Row = Readonly<Record<string, unknown>>;

/** One part of a change. Where it touches another number of rows than `expects`, nothing of the change remains. */
export interface Step extends Statement {
  readonly expects: number | 'any';
}

/** `missed` is the index of the first step that did not touch what it expected; then nothing was changed. */
export type Changed = { readonly applied: true } | { readonly applied: false; readonly missed: number };

/** How a statement has to be written for an engine. */
export type EngineName = 'sql-server' | 'sqlite';

/**
 * A connection to the cluster's database, opened at the first use.
 *
 * Everything rejects with `signal.reason` when aborted, with a `Failure` of kind `unreachable` when the server cannot
 * be reached or logged in to, and with a `DatabaseError` when the server refused a statement.
 */
export interface Session extends AsyncDisposable {
  readonly engine: EngineName;
  /** Runs them in one round trip. Repeated by itself after a transient error: statements here only read. */
  read(statements: readonly Statement[], signal: AbortSignal): Promise<readonly (readonly Row[])[]>;
  /**
   * Runs all steps as one transaction in one round trip. Never repeated by itself once it may have reached the server:
   * when contact is lost it rejects with a `Failure` of kind `unknown`.
   */
  change(steps: readonly Step[], signal: AbortSignal): Promise<Changed>;
  /** Runs statements that define tables, in order, as one transaction where the engine can. */
  define(statements: readonly Statement[], signal: AbortSignal): Promise<void>;
}

/** The server refused a statement. `number` is SQL Server's error number, where it has one. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';
  readonly number: number | undefined;
  constructor(message: string, options: { number?: number | undefined; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.number = options.number;
  }
}
