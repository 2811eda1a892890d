/**
 * The shapes that Octopus' tables have had. Columns up to 2018 are from public schema dumps; those after the split of
 * 2019 are known by name only, so several candidates are here. Types are such that both engines take them.
 */
export interface OctopusShape {
  readonly name: string;
  /** Whether octo-ha knows it and so writes to it. */
  readonly known: boolean;
  readonly prefixedIds: boolean;
  readonly taskNode: 'ServerNode' | 'ServerNodeId';
  readonly lastSeen: 'node' | 'status' | 'both';
  readonly statusKey: string | null;
  readonly nodeColumns: readonly string[];
  readonly statusColumns: readonly string[];
  readonly taskColumns: readonly string[];
  readonly history: boolean;
}

const node2015 = [
  'Id nvarchar(250) NOT NULL PRIMARY KEY',
  'Name nvarchar(200) NOT NULL',
  'LastSeen datetimeoffset NOT NULL',
  'Rank nvarchar(50) NOT NULL',
  'JSON nvarchar(4000) NOT NULL',
  'MaxConcurrentTasks int NOT NULL DEFAULT 5',
  'IsInMaintenanceMode bit NOT NULL DEFAULT 0',
];

const node2019 = node2015.filter((column) => !/^(LastSeen|Rank)/.test(column));

const task2015 = [
  'Id nvarchar(50) NOT NULL PRIMARY KEY',
  'Name nvarchar(50) NOT NULL',
  'Description nvarchar(2000) NOT NULL',
  'QueueTime datetimeoffset NOT NULL',
  'StartTime datetimeoffset NULL',
  'CompletedTime datetimeoffset NULL',
  'ErrorMessage nvarchar(2000) NULL',
  'ConcurrencyTag nvarchar(100) NULL',
  'State nvarchar(50) NOT NULL',
  'HasPendingInterruptions bit NOT NULL',
  'HasWarningsOrErrors bit NOT NULL',
  'ProjectId nvarchar(50) NULL',
  'EnvironmentId nvarchar(50) NULL',
  'JSON nvarchar(4000) NOT NULL',
];

const task2017 = [...task2015, 'TenantId nvarchar(50) NULL', 'DurationSeconds int NOT NULL DEFAULT 0'];
const task2018 = [...task2017, 'DataVersion varbinary(8) NULL'];
const task2021 = [
  ...task2018,
  'SpaceId nvarchar(50) NULL',
  'BusinessProcessState nvarchar(50) NULL',
  'LastModified datetimeoffset NULL',
];

const status = (key: string, more: readonly string[] = []) => [
  `${key} nvarchar(250) NOT NULL PRIMARY KEY`,
  'LastSeen datetimeoffset NULL',
  'IsOffline bit NOT NULL DEFAULT 0',
  ...more,
];

const before2019 = {
  known: true,
  lastSeen: 'node',
  statusKey: null,
  statusColumns: [],
  nodeColumns: node2015,
} as const;
const split = {
  known: true,
  prefixedIds: true,
  taskNode: 'ServerNodeId',
  lastSeen: 'status',
  nodeColumns: node2019,
  taskColumns: task2018,
  history: true,
} as const;

export const octopusShapes: readonly OctopusShape[] = [
  { ...before2019, name: '2015', prefixedIds: false, taskNode: 'ServerNode', taskColumns: task2015, history: false },
  { ...before2019, name: '2017', prefixedIds: false, taskNode: 'ServerNode', taskColumns: task2017, history: false },
  { ...before2019, name: '2018', prefixedIds: true, taskNode: 'ServerNodeId', taskColumns: task2018, history: true },
  { ...split, name: '2019, status by Id', statusKey: 'Id', statusColumns: status('Id') },
  {
    ...split,
    name: '2019, status by OctopusServerNodeId',
    statusKey: 'OctopusServerNodeId',
    statusColumns: status('OctopusServerNodeId'),
  },
  {
    ...split,
    name: '2019, LastSeen left in the node table',
    lastSeen: 'both',
    nodeColumns: node2015,
    statusKey: 'OctopusServerNodeId',
    statusColumns: status('OctopusServerNodeId', ['Rank nvarchar(50) NULL']),
  },
  {
    ...split,
    name: '2021 and later',
    taskColumns: task2021,
    statusKey: 'OctopusServerNodeId',
    statusColumns: status('OctopusServerNodeId', ['Version nvarchar(50) NULL', 'MaxSqlConnectionPoolSize int NULL']),
  },
  {
    ...split,
    name: 'a status key of another name',
    known: false,
    statusKey: 'TheNode',
    statusColumns: status('TheNode'),
  },
  {
    ...split,
    name: 'a column of the node table that nobody knows',
    known: false,
    nodeColumns: [...node2019, 'DrainState nvarchar(50) NULL'],
    statusKey: 'Id',
    statusColumns: status('Id'),
  },
];

/** Statements that make the tables of a shape. */
export function createTables(shape: OctopusShape): readonly string[] {
  const table = (name: string, columns: readonly string[]) => `CREATE TABLE dbo.${name} (${columns.join(', ')})`;
  const taskNode = `${shape.taskNode} nvarchar(250) NULL`;
  return [
    table('OctopusServerNode', shape.nodeColumns),
    ...(shape.statusKey === null ? [] : [table('OctopusServerNodeStatus', shape.statusColumns)]),
    table('ServerTask', [...shape.taskColumns, taskNode]),
    table('SchemaVersions', [
      'Id int NOT NULL PRIMARY KEY',
      'ScriptName nvarchar(255) NOT NULL',
      'Applied datetime NOT NULL',
    ]),
    ...(shape.history
      ? [
          table('OctopusServerInstallationHistory', [
            'Id nvarchar(50) NOT NULL PRIMARY KEY',
            'Node nvarchar(200) NULL',
            'Version nvarchar(200) NULL',
            'Installed datetimeoffset NULL',
            'JSON nvarchar(4000) NULL',
          ]),
        ]
      : []),
  ];
}
