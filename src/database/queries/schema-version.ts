import { sql } from 'kysely';
import * as z from 'zod/mini';
import { count } from '../columns.js';
import type { Question } from '../database.js';

export interface SchemaVersion {
  /** The newest migration applied. */
  readonly number: number;
  /** The oldest schema whose clients may still write. */
  readonly minimumWriter: number;
}

const row = z.object({ number: z.nullable(count), minimum_writer: z.nullable(count) });

/** The version of octo-ha's own tables; `null` where they are missing. */
export const schemaVersion: Question<SchemaVersion | null> = {
  ask: ({ ownTables, dialect, placement }) =>
    ownTables.has('schema_version')
      ? dialect
          .builder(placement)
          .selectFrom('octo_ha.schema_version')
          .select([sql`MAX(number)`.as('number'), sql`MAX(minimum_writer)`.as('minimum_writer')])
      : null,
  answer([first]) {
    if (first === undefined) return null;
    const { number, minimum_writer } = row.parse(first);
    return { number: number ?? 0, minimumWriter: minimum_writer ?? 0 };
  },
};
