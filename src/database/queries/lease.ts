import { sql } from 'kysely';
import * as z from 'zod/mini';
import type { LeaseRow } from '../../cluster/operation.js';
import { count, instant } from '../columns.js';
import type { Effect, Question } from '../database.js';
import { db } from '../own-tables-builder.js';

/** What a process says of itself when it takes the lease. */
export interface Claim {
  readonly holder: string;
  readonly operationId: string;
  readonly who: string;
  readonly host: string;
  readonly pid: number;
  readonly processStarted: string;
}

const row = z.object({
  token: count,
  holder: z.string(),
  operation_id: z.nullable(z.string()),
  who: z.string(),
  host: z.string(),
  pid: z.number(),
  process_started: z.string(),
  since: instant,
  expires: instant,
  stop_requested: z.nullable(z.string()),
});

/** The lease as it stands; `null` where octo-ha's tables are missing. */
export const leaseRow: Question<LeaseRow | null> = {
  ask: (builder) => (builder.ownTables.has('lease') ? db(builder).selectFrom('octo_ha.lease').selectAll() : null),
  answer([first]) {
    if (first === undefined) return null;
    const { operation_id, process_started, stop_requested, ...rest } = row.parse(first);
    return { ...rest, operationId: operation_id, processStarted: process_started, stopRequested: stop_requested };
  },
};

/**
 * Takes a lease that is free or has expired, or the one of `instead`, whose process is known to be gone. Its token is
 * higher than the one before, and at least the time: machines remember tokens that a database restored from a backup, or
 * tables that are made anew, know nothing of.
 */
export const takeLease = (claim: Claim, term: number, instead?: string): Effect => ({
  rows: 1,
  statement(builder) {
    const time = builder.dialect.secondsUntil(builder.dialect.now);
    return db(builder)
      .updateTable('octo_ha.lease')
      .set({
        token: sql<number>`CASE WHEN token < ${time} THEN ${time} ELSE token + 1 END`,
        holder: claim.holder,
        operation_id: claim.operationId,
        who: claim.who,
        host: claim.host,
        pid: claim.pid,
        process_started: claim.processStarted,
        since: builder.dialect.now,
        expires: builder.dialect.later(term),
        stop_requested: sql`NULL`,
      })
      .where((eb) =>
        eb.or([eb('holder', '=', ''), eb('expires', '<=', builder.dialect.now), eb('holder', '=', instead ?? '')]),
      );
  },
});

/** Late renewal is allowed as long as nobody else has taken it. */
export const renewLease = (token: number, term: number): Effect => ({
  rows: 1,
  statement: (builder) =>
    db(builder)
      .updateTable('octo_ha.lease')
      .set({ expires: builder.dialect.later(term) })
      .where('token', '=', token),
});

export const giveBackLease = (token: number): Effect => ({
  rows: 'any',
  statement: (builder) =>
    db(builder)
      .updateTable('octo_ha.lease')
      .set({ holder: '', operation_id: sql`NULL`, expires: builder.dialect.now, stop_requested: sql`NULL` })
      .where('token', '=', token),
});

/** The first statement of every effect: where it touches no row, the effect is not made. */
export const touchLease = (token: number): Effect => ({
  rows: 1,
  statement: (builder) =>
    db(builder)
      .updateTable('octo_ha.lease')
      .set((eb) => ({ token: eb.ref('token') }))
      .where('token', '=', token)
      .where('expires', '>', builder.dialect.now),
});

/** Says for which operation the lease is held, once that is known. */
export const nameLease = (token: number, operationId: string): Effect => ({
  rows: 1,
  statement: (builder) =>
    db(builder).updateTable('octo_ha.lease').set({ operation_id: operationId }).where('token', '=', token),
});

/** Asks the holder to stop at its next heartbeat. */
export const requestStop = (token: number, why: string): Effect => ({
  rows: 1,
  statement: (builder) =>
    db(builder)
      .updateTable('octo_ha.lease')
      .set({ stop_requested: why.slice(0, 400) })
      .where('token', '=', token),
});
