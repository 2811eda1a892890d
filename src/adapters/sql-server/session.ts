import { isInDoubt, isRolledBack, type Outlook, outlook } from '../../database/transient.js';
import { Failure } from '../../errors.js';
import type { Clock } from '../../ports/clock.js';
import { DatabaseError, type Session, type Statement } from '../../ports/database.js';
import { changeBatch, readBatch, takeDefinitionLock } from './batch.js';
import { readCertificate } from './certificate.js';
import type { ConnectionSettings } from './connection-string.js';
import { addressOf } from './data-source.js';
import { type OpenTransaction, openPool, type Pool } from './pool.js';
import { retrying } from './retrying.js';
import type { Trouble } from './trouble.js';
import { unreachable } from './unreachable.js';
import { isUntrusted, untrusted } from './untrusted.js';

export interface SqlServerOptions {
  readonly settings: ConnectionSettings;
  /** From the local context; goes before one in the connection string. */
  readonly password?: string | undefined;
  /** PEM text of the authorities to trust besides the system's. */
  readonly ca?: string | undefined;
  /** Milliseconds; goes before the connection string's. */
  readonly connectTimeout?: number | undefined;
  /** Milliseconds; goes before the connection string's. */
  readonly requestTimeout?: number | undefined;
  readonly clock: Clock;
}

const certificateTimeout = 5000;

/** A session on SQL Server, or on another server that speaks TDS. Nothing is connected before the first use. */
export function openSqlServer({ settings, password, ca, clock, ...given }: SqlServerOptions): Session {
  const connectTimeout = given.connectTimeout ?? settings.connectTimeout ?? 15_000;
  const requestTimeout = given.requestTimeout ?? settings.requestTimeout ?? 30_000;
  const at = addressOf(settings);
  const open = () => openPool({ settings, password, ca, connectTimeout, requestTimeout });
  const pool = open();

  /** What the port promises to reject with, for an error of the driver. */
  async function translated(error: unknown, from: Pool, signal: AbortSignal): Promise<unknown> {
    signal.throwIfAborted();
    const trouble = from.explain(error);
    if (isOurs(error, trouble)) return error;
    if (trouble.unsent) {
      if (!isUntrusted(trouble)) return unreachable(trouble, { settings, timeout: connectTimeout });
      return untrusted(trouble, at, await certificate(from, signal), clock.now());
    }
    const { number, message, cause } = trouble;
    if (number !== undefined) return new DatabaseError(message, { number, cause });
    return new Failure('unreachable', lost(trouble), { cause });
  }

  const lost = ({ timedOut, message }: Trouble) =>
    timedOut
      ? `SQL Server at ${at} did not answer within ${requestTimeout / 1000} s`
      : `contact with SQL Server at ${at} was lost: ${message}`;

  async function certificate(from: Pool, signal: AbortSignal) {
    const address = from.address();
    if (address === undefined) return undefined;
    using soon = clock.within(certificateTimeout, signal);
    return await readCertificate(address, settings.encrypt === 'strict', soon).catch(() => undefined);
  }

  const judge =
    (from: Pool, mayRepeat: (trouble: Trouble) => boolean = () => true) =>
    (error: unknown): Outlook => {
      const trouble = from.explain(error);
      if (isOurs(error, trouble) || !mayRepeat(trouble)) return 'permanent';
      return isLost(trouble) ? 'transient' : outlook(trouble);
    };

  return {
    engine: 'sql-server',

    async read(statements, signal) {
      const ask = async () => {
        const recordsets = await pool.run(readBatch(statements), statements, signal);
        if (recordsets.length === statements.length) return recordsets;
        throw new Error(`${statements.length} statements were answered by ${recordsets.length} recordsets`);
      };
      try {
        return await retrying(ask, judge(pool), clock, signal);
      } catch (error) {
        throw await translated(error, pool, signal);
      }
    },

    async change(steps, signal) {
      const text = changeBatch(steps);
      const mayRepeat = (trouble: Trouble) => trouble.unsent || isRolledBack(trouble);
      try {
        const recordsets = await retrying(() => pool.run(text, steps, signal), judge(pool, mayRepeat), clock, signal);
        return changed(recordsets.at(-1)?.[0]?.['missed']);
      } catch (error) {
        signal.throwIfAborted();
        throw inDoubt(error, pool) ?? (await translated(error, pool, signal));
      }
    },

    async define(statements, signal) {
      // Its own connection, closed at the end: whatever stops the work on the way, the server then rolls back.
      await using own = open();
      const unsent = (trouble: Trouble) => trouble.unsent;
      try {
        const transaction = await retrying(() => own.begin(signal), judge(own, unsent), clock, signal);
        await defineIn(transaction, statements, at).catch(async (error: unknown) => {
          await transaction.rollback();
          throw error;
        });
        await transaction.commit().catch((error: unknown) => {
          throw inDoubt(error, own) ?? error;
        });
      } catch (error) {
        throw await translated(error, own, signal);
      }
    },

    [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
  };

  /** A change that was under way when contact was lost. */
  function inDoubt(error: unknown, from: Pool): Failure | undefined {
    const trouble = from.explain(error);
    if (isOurs(error, trouble) || trouble.unsent || !isInDoubt(trouble.number, trouble.severity)) return undefined;
    return new Failure('unknown', `${lost(trouble)}; whether the change was made is not known`, {
      hint: 'Look again before anything else: octo-ha status',
      cause: trouble.cause,
    });
  }
}

/** Errors that do not come from the server or the way to it: a failure already in words, or a bug. */
const isOurs = (error: unknown, { unsent, codes, number }: Trouble): boolean =>
  error instanceof Failure || codes.includes('EPARAM') || (!unsent && codes.length === 0 && number === undefined);

/** The connection broke under a request; the driver has several ways to say so. */
const isLost = ({ unsent, number, timedOut }: Trouble): boolean => !unsent && number === undefined && !timedOut;

function changed(missed: unknown) {
  if (typeof missed !== 'number') throw new Error('the server did not tell whether the change was made');
  return missed === -1 ? ({ applied: true } as const) : ({ applied: false, missed } as const);
}

async function defineIn({ run }: OpenTransaction, statements: readonly Statement[], at: string): Promise<void> {
  const [[lock] = []] = await run(takeDefinitionLock, []);
  if (!(Number(lock?.['granted']) >= 0)) {
    throw new Failure('busy', `somebody else is defining octo-ha's tables on ${at}`, { hint: 'Try again in a moment' });
  }
  let taken = 0;
  for (const statement of statements) {
    await run(statement.sql, [statement], taken);
    taken += statement.parameters.length;
  }
}
