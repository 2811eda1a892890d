import { sql } from 'kysely';
import * as z from 'zod/mini';
import { DatabaseError, type Session } from '../ports/database.js';
import { count } from './columns.js';
import type { Dialect, Query } from './dialect.js';
import { migrations } from './migrations/index.js';

/** The Octopus database that octo-ha's tables belong to. */
export interface Pin {
  readonly database: string;
  readonly server: string;
  /** The database that was made for the tables just now, by name; its removal goes by it. */
  readonly made?: string;
}

/** The setting that names the database which octo-ha made for its tables. */
export const madeDatabase = 'database.made';

const here = { database: null };
const versionRow = z.object({ number: z.nullable(count) });
const tableRow = z.object({ table_schema: z.string(), table_name: z.string() });

/**
 * Creates or completes octo-ha's tables in the database that `session` is connected to, and says what it applied.
 * Each migration is one transaction that also records itself, so a second run, or one beside it, applies it once.
 */
export async function migrate(
  session: Session,
  dialect: Dialect,
  pin: Pin,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const applied: string[] = [];
  for (const { number, name, minimumWriter, statements } of migrations) {
    if ((await schemaNumber(session, dialect, signal)) >= number) continue;
    const queries: Query[] = [
      ...(number === 1 && dialect.createSchema ? [dialect.createSchema] : []),
      ...statements(dialect),
      sql`INSERT INTO octo_ha.schema_version (number, name, applied, minimum_writer)
        VALUES (${number}, ${name}, ${dialect.now}, ${minimumWriter})`,
      ...(number === 1
        ? [
            sql`INSERT INTO octo_ha.cluster (id, database_name, server_name, pinned)
              VALUES (1, ${pin.database}, ${pin.server}, ${dialect.now})`,
            ...(pin.made === undefined
              ? []
              : [sql`INSERT INTO octo_ha.setting (name, value) VALUES (${madeDatabase}, ${pin.made})`]),
          ]
        : []),
    ];
    try {
      await session.define(dialect.compile(queries, here), signal);
      applied.push(`${number} ${name}`);
    } catch (error) {
      // Somebody else may have applied it between our look and our transaction.
      if (!(error instanceof DatabaseError) || (await schemaNumber(session, dialect, signal)) < number) throw error;
    }
  }
  return applied;
}

/** The newest migration applied here; 0 where octo-ha has no tables yet. */
export async function schemaNumber(session: Session, dialect: Dialect, signal: AbortSignal): Promise<number> {
  const [columns = []] = await session.read(dialect.compile([dialect.columns], here), signal);
  const exists = columns
    .map((row) => tableRow.parse(row))
    .some(({ table_schema, table_name }) => `${table_schema}.${table_name}`.toLowerCase() === 'octo_ha.schema_version');
  if (!exists) return 0;
  const newest = sql`SELECT MAX(number) AS number FROM octo_ha.schema_version`;
  const [[row] = []] = await session.read(dialect.compile([newest], here), signal);
  return versionRow.parse(row).number ?? 0;
}
