import { sql } from 'kysely';
import type { Dialect, Query } from '../database/dialect.js';

type Types = Dialect['types'];

interface Table {
  readonly name: string;
  columns(types: Types): readonly string[];
  readonly indexes?: Readonly<Record<string, readonly string[]>>;
}

/** Octopus Server's tables in their newest shape, as far as public evidence goes. */
const tables: readonly Table[] = [
  {
    name: 'OctopusServerNode',
    columns: ({ json }) => [
      'Id nvarchar(250) NOT NULL PRIMARY KEY',
      'Name nvarchar(200) NOT NULL',
      'MaxConcurrentTasks int NOT NULL DEFAULT 5',
      'IsInMaintenanceMode bit NOT NULL DEFAULT 0',
      `JSON ${json} NOT NULL`,
    ],
  },
  {
    name: 'OctopusServerNodeStatus',
    columns: ({ instant }) => [
      'OctopusServerNodeId nvarchar(250) NOT NULL PRIMARY KEY',
      `LastSeen ${instant} NOT NULL`,
      'IsOffline bit NOT NULL DEFAULT 0',
      'Version nvarchar(50) NULL',
    ],
  },
  {
    name: 'ServerTask',
    columns: ({ text, instant, json }) => [
      'Id nvarchar(50) NOT NULL PRIMARY KEY',
      'Name nvarchar(50) NOT NULL',
      `Description ${text} NOT NULL`,
      `QueueTime ${instant} NOT NULL`,
      `StartTime ${instant} NULL`,
      `CompletedTime ${instant} NULL`,
      `ErrorMessage ${text} NULL`,
      'ConcurrencyTag nvarchar(100) NULL',
      'State nvarchar(50) NOT NULL',
      'HasPendingInterruptions bit NOT NULL DEFAULT 0',
      'HasWarningsOrErrors bit NOT NULL DEFAULT 0',
      'ServerNodeId nvarchar(250) NULL',
      'ProjectId nvarchar(50) NULL',
      'EnvironmentId nvarchar(50) NULL',
      'TenantId nvarchar(50) NULL',
      'SpaceId nvarchar(50) NULL',
      'DurationSeconds int NOT NULL DEFAULT 0',
      `JSON ${json} NOT NULL`,
    ],
    indexes: {
      IX_ServerTask_TaskQueue_GetActiveConcurrencyTags: ['State', 'ConcurrencyTag'],
      IX_ServerTask_TaskQueue_QueueTimeState: ['State', 'QueueTime', 'HasPendingInterruptions', 'ServerNodeId'],
    },
  },
  {
    name: 'SchemaVersions',
    columns: () => ['Id int NOT NULL PRIMARY KEY', 'ScriptName nvarchar(255) NOT NULL', 'Applied datetime NOT NULL'],
  },
  {
    name: 'OctopusServerInstallationHistory',
    columns: ({ instant, json }) => [
      'Id nvarchar(50) NOT NULL PRIMARY KEY',
      'Node nvarchar(200) NULL',
      'Version nvarchar(200) NULL',
      `Installed ${instant} NULL`,
      `JSON ${json} NULL`,
    ],
  },
  { name: 'Configuration', columns: ({ json }) => ['Id nvarchar(50) NOT NULL PRIMARY KEY', `JSON ${json} NOT NULL`] },
  {
    name: 'KeyAllocation',
    columns: () => ['CollectionName nvarchar(50) NOT NULL PRIMARY KEY', 'Allocated int NOT NULL'],
  },
];

/** Statements that make the tables, with what a fresh installation has in them. */
export function octopusTables(
  { types, engine, now }: Dialect,
  { version, installationId }: { readonly version: string; readonly installationId: string },
): readonly Query[] {
  const created = tables.flatMap(({ name, columns, indexes = {} }) => [
    sql`CREATE TABLE ${sql.id('dbo', name)} (${sql.raw(columns(types).join(', '))})`,
    ...Object.entries(indexes).map(([index, keys]) => {
      const on = sql.join(keys.map((key) => sql.id(key)));
      // SQLite puts the schema before the name of the index.
      return engine === 'sqlite'
        ? sql`CREATE INDEX ${sql.id('dbo', index)} ON ${sql.id(name)} (${on})`
        : sql`CREATE INDEX ${sql.id(index)} ON ${sql.id('dbo', name)} (${on})`;
    }),
  ]);
  return [
    ...created,
    sql`INSERT INTO dbo.KeyAllocation (CollectionName, Allocated) VALUES ('ServerTasks', 0)`,
    sql`INSERT INTO dbo.SchemaVersions (Id, ScriptName, Applied) VALUES (1, ${`Lab ${version}`}, ${now})`,
    sql`INSERT INTO dbo.Configuration (Id, JSON) VALUES ('maintenance', '{"IsInMaintenanceMode":false}')`,
    sql`INSERT INTO dbo.Configuration (Id, JSON)
      VALUES ('upgradeavailability', ${JSON.stringify({ InstallationId: installationId })})`,
  ];
}
