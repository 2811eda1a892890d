import { quotedName as quoted, quotedText as text } from '../database/t-sql.js';

/** What a login may do: look; look and drive nodes; also create octo-ha's tables. */
export const roles = ['reader', 'operator', 'admin'] as const;
export type Role = (typeof roles)[number];

export interface GrantOptions {
  readonly role: Role;
  /** A SQL login, or `DOMAIN\name`. It must exist on the server. */
  readonly login: string;
  /** Name of Octopus' database. */
  readonly octopus: string;
  /** Name of the database with octo-ha's tables; the same as `octopus` where they stand there. */
  readonly own: string;
}

const read = [
  'OctopusServerNode',
  'OctopusServerNodeStatus',
  'ServerTask',
  'SchemaVersions',
  'OctopusServerInstallationHistory',
];
const written = ['IsInMaintenanceMode', 'MaxConcurrentTasks'];
const deleted = ['OctopusServerNode', 'OctopusServerNodeStatus'];

/**
 * The T-SQL that gives a login the least rights for a role. Every statement may be run again.
 * https://learn.microsoft.com/sql/t-sql/statements/grant-object-permissions-transact-sql
 */
export function grantScript({ role, login, octopus, own }: GrantOptions): string {
  const user = quoted(login);
  const makeUser = [`IF DATABASE_PRINCIPAL_ID(${text(login)}) IS NULL`, `  CREATE USER ${user} FOR LOGIN ${user};`];
  // Tables come and go with Octopus' versions.
  const onTable = (rights: string, table: string) => [
    `IF OBJECT_ID(N'dbo.${table}') IS NOT NULL`,
    `  GRANT ${rights} ON dbo.${quoted(table)} TO ${user};`,
  ];
  const drives = role !== 'reader';
  const apart = own !== octopus;
  return [
    `-- octo-ha: the least rights of the role ${role}, for ${oneLine(login)}.`,
    `-- The tables of Octopus Server: what octo-ha reads${drives ? ', and the three things it writes.' : '.'}`,
    `USE ${quoted(octopus)};`,
    ...makeUser,
    ...read.flatMap((table) => onTable('SELECT', table)),
    ...(drives
      ? [
          `GRANT UPDATE ON dbo.OctopusServerNode (${written.map(quoted).join(', ')}) TO ${user};`,
          ...deleted.flatMap((table) => onTable('DELETE', table)),
        ]
      : []),
    '',
    '-- The tables of octo-ha.',
    ...(apart
      ? [
          ...(role === 'admin'
            ? [
                `IF DB_ID(${text(own)}) IS NULL`,
                `  EXEC(N'CREATE DATABASE ${quoted(own).replaceAll("'", "''")}');`,
                'GO',
              ]
            : []),
          `USE ${quoted(own)};`,
          ...makeUser,
        ]
      : []),
    ...(role === 'admin'
      ? [
          `IF SCHEMA_ID(N'octo_ha') IS NULL`,
          `  EXEC(N'CREATE SCHEMA octo_ha');`,
          `GRANT CREATE TABLE TO ${user};`,
          `GRANT ALTER, REFERENCES ON SCHEMA::octo_ha TO ${user};`,
        ]
      : []),
    `IF SCHEMA_ID(N'octo_ha') IS NOT NULL`,
    `  GRANT ${drives ? 'SELECT, INSERT, UPDATE, DELETE' : 'SELECT'} ON SCHEMA::octo_ha TO ${user};`,
    '',
  ].join('\n');
}

const oneLine = (value: string): string => value.replace(/[\r\n\u0085\u2028\u2029]/g, ' ');
