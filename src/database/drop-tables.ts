import { sql } from 'kysely';
import type { Session } from '../ports/database.js';
import type { Builder } from './database.js';
import { touchLease } from './queries/lease.js';

const here = { database: null };

/**
 * Drops these tables of octo-ha in the database that `session` is connected to: all of them, or none where the lease is
 * no longer held under that token.
 */
export async function dropTables(
  session: Session,
  builder: Builder,
  { tables, token }: { readonly tables: readonly string[]; readonly token: number },
  signal: AbortSignal,
): Promise<boolean> {
  const queries = [
    touchLease(token).statement({ ...builder, placement: here }),
    ...tables.map((table) => sql`DROP TABLE ${sql.id('octo_ha', table)}`),
  ];
  const statements = builder.dialect.compile(queries, here);
  const steps = statements.map((statement, i) => ({ ...statement, expects: i === 0 ? 1 : ('any' as const) }));
  return (await session.change(steps, signal)).applied;
}
