import { sql } from 'kysely';
import { settingNames } from '../cluster/setting-names.js';
import type { Session } from '../ports/database.js';
import type { Dialect, Query } from './dialect.js';

export interface Adopted {
  readonly database: string;
  readonly server: string;
  readonly installationId: string | undefined;
}

/** What a copy of a cluster must not take over: it would drive the machines of the original. */
const forgotten = ['node', 'machine', 'hold', 'observed', 'seen_task', 'step', 'operation'] as const;

/**
 * Gives octo-ha's tables, in the database that `session` is connected to, to another cluster: as they are, or as those of
 * a copy, which forgets addresses, lease, journal and consent. The audit stays.
 */
export async function adoptTables(
  session: Session,
  dialect: Dialect,
  { database, server, installationId }: Adopted,
  how: 'moved' | 'clone',
  signal: AbortSignal,
): Promise<void> {
  const keep = (name: string, value: string): readonly Query[] => [
    sql`DELETE FROM octo_ha.setting WHERE name = ${name}`,
    sql`INSERT INTO octo_ha.setting (name, value) VALUES (${name}, ${value})`,
  ];
  const queries: readonly Query[] = [
    sql`UPDATE octo_ha.cluster SET database_name = ${database}, server_name = ${server}, pinned = ${dialect.now}`,
    sql`DELETE FROM octo_ha.setting WHERE name = ${settingNames.installationId}`,
    ...(installationId === undefined ? [] : keep(settingNames.installationId, installationId)),
    ...(how === 'moved'
      ? []
      : [
          ...forgotten.map((table) => sql`DELETE FROM ${sql.id('octo_ha', table)}`),
          sql`DELETE FROM octo_ha.setting WHERE name = ${settingNames.sqlConsent}`,
          // Whoever still holds it holds the original's.
          sql`UPDATE octo_ha.lease SET token = token + 1, holder = '', operation_id = NULL, expires = ${dialect.now}, stop_requested = NULL`,
        ]),
  ];
  await session.define(dialect.compile(queries, { database: null }), signal);
}
