import { quotedName, quotedText } from '../database/t-sql.js';
import { Failure } from '../errors.js';
import type { EngineName } from '../ports/database.js';
import type { Removal } from './plan-removal.js';

export const dropDatabase = (name: string): string => `DROP DATABASE ${quotedName(name)};`;

type Scripted = Pick<Removal, 'database' | 'tables' | 'others' | 'apart'>;

/** The T-SQL that takes octo-ha's tables out, for whoever may. Every statement may be run again. */
export function removalScript({ database, tables, others, apart }: Scripted, engine: EngineName): string {
  if (engine !== 'sql-server') throw new Failure('usage', '--script is for a SQL Server; this cluster is on SQLite');
  const drops =
    apart !== undefined && apart.stays === undefined
      ? ['USE master;', `IF DB_ID(${quotedText(database)}) IS NOT NULL`, `  ${dropDatabase(database)}`]
      : [
          `USE ${quotedName(database)};`,
          ...tables.flatMap((table) => [
            `IF OBJECT_ID(${quotedText(`octo_ha.${table}`)}) IS NOT NULL`,
            `  DROP TABLE octo_ha.${quotedName(table)};`,
          ]),
          ...(others.length > 0 ? [] : ["IF SCHEMA_ID(N'octo_ha') IS NOT NULL", "  EXEC(N'DROP SCHEMA octo_ha');"]),
        ];
  return [
    "-- Takes octo-ha's own tables out. Nothing of Octopus Server is touched.",
    '-- Let no octo-ha run meanwhile: what it does would be journaled nowhere.',
    ...drops,
    '',
  ].join('\n');
}
