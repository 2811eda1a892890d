import { sql } from 'kysely';
import * as z from 'zod/mini';
import { bit } from '../../columns.js';
import type { Question } from '../../database.js';
import { quotedName } from '../../t-sql.js';

const row = z.object({ schema_name: z.nullable(z.string()), object_name: z.string() });

/** What is in the separate database, each as `schema.name`, without what only belongs to a table: keys, defaults. */
export const objectsInOwnDatabase: Question<readonly string[]> = {
  ask: ({ placement }) =>
    placement.database === null
      ? null
      : sql`SELECT s.name AS schema_name, o.name AS object_name
          FROM ${sql.id(placement.database, 'sys', 'objects')} AS o
          LEFT JOIN ${sql.id(placement.database, 'sys', 'schemas')} AS s ON s.schema_id = o.schema_id
          WHERE o.is_ms_shipped = 0 AND o.type NOT IN ('C', 'D', 'F', 'PK', 'UQ')
          ORDER BY s.name, o.name`,
  answer: (rows) =>
    rows.map((raw) => row.parse(raw)).map(({ schema_name, object_name }) => `${schema_name ?? ''}.${object_name}`),
};

const right = z.object({ in_control: z.nullable(bit) });

/** Whether this login may drop the separate database; without that right it does not see all that is in it either. */
export const controlsOwnDatabase: Question<boolean> = {
  ask: ({ placement }) =>
    placement.database === null
      ? null
      : sql`SELECT HAS_PERMS_BY_NAME(${quotedName(placement.database)}, 'DATABASE', 'CONTROL') AS in_control`,
  answer: ([first]) => first !== undefined && right.parse(first).in_control === true,
};
