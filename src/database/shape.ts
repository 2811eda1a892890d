import { Failure } from '../errors.js';

/** One column as the catalogue lists it. */
export interface CatalogueColumn {
  readonly schema: string;
  readonly table: string;
  readonly column: string;
  readonly type: string;
  readonly inKey: boolean;
}

/** The columns of Octopus' tables that octo-ha uses, spelled as this database spells them; `null` where it has none. */
export interface Shape {
  readonly nodes: {
    readonly id: string;
    readonly name: string;
    readonly cap: string;
    readonly drain: string;
    readonly lastSeen: string | null;
    readonly flaggedOffline: string | null;
    readonly version: string | null;
  };
  readonly status: {
    readonly key: string;
    readonly lastSeen: string | null;
    readonly flaggedOffline: string | null;
    readonly version: string | null;
  } | null;
  readonly tasks: {
    readonly id: string;
    readonly name: string;
    readonly description: string;
    readonly state: string;
    readonly queuedAt: string;
    readonly startedAt: string;
    readonly completedAt: string | null;
    readonly node: string;
    readonly waitsForHuman: string | null;
  };
  /** Where Octopus keeps its configuration as JSON, a row a subject. */
  readonly configuration: { readonly id: string; readonly json: string } | null;
  readonly history: { readonly node: string; readonly version: string; readonly installed: string } | null;
  /** Why this is not a shape octo-ha knows; empty when it is. Such a database is read and not written. */
  readonly oddities: readonly string[];
}

/** Columns of `OctopusServerNode` in any public schema from 2015 on, and those the API shows today. */
const knownNodeColumns = new Set(
  [
    'Id Name LastSeen Rank JSON JSONBlob MaxConcurrentTasks IsInMaintenanceMode IsOffline Version DataVersion',
    'LastModified LastModifiedOn LastModifiedBy MaxSqlConnectionPoolSize RecommendedMaxSqlConnectionPoolSize',
  ]
    .join(' ')
    .toLowerCase()
    .split(' '),
);

const knownStatusKeys = new Set(['id', 'octopusservernodeid', 'servernodeid', 'nodeid']);

/** Judges what the catalogue lists. Rejects a database that is not Octopus Server's, by what it lacks. */
export function shapeOf(columns: readonly CatalogueColumn[], database: string): Shape {
  const oddities: string[] = [];
  const table = (name: string) =>
    columns.filter((c) => c.schema.toLowerCase() === 'dbo' && c.table.toLowerCase() === name.toLowerCase());
  const node = table('OctopusServerNode');
  const task = table('ServerTask');
  if (node.length === 0 || task.length === 0) throw notOctopus(database, node.length === 0, task.length === 0);

  const find = (among: readonly CatalogueColumn[], ...names: string[]): string | null => {
    for (const name of names) {
      const found = among.find(({ column }) => column.toLowerCase() === name.toLowerCase());
      if (found) return found.column;
    }
    return null;
  };
  const must = (among: readonly CatalogueColumn[], tableName: string, ...names: string[]): string => {
    const found = find(among, ...names);
    if (found === null) {
      throw new Failure('failed', `${tableName} in ${database} has no column ${names.join(' or ')}`, {
        hint: 'octo-ha cannot read this version of Octopus Server: report it with the output of octo-ha database test',
      });
    }
    return found;
  };

  for (const { column } of node) {
    if (!knownNodeColumns.has(column.toLowerCase())) oddities.push(`OctopusServerNode has a column ${column}`);
  }
  const typed = (name: string, type: string) => {
    const found = node.find(({ column }) => column.toLowerCase() === name.toLowerCase());
    if (found && found.type.toLowerCase() !== type) {
      oddities.push(`OctopusServerNode.${found.column} is ${found.type}, not ${type}`);
    }
  };
  typed('IsInMaintenanceMode', 'bit');
  typed('MaxConcurrentTasks', 'int');
  if (find(task, 'ServerNode') !== null && find(task, 'ServerNodeId') !== null) {
    oddities.push('ServerTask has both ServerNode and ServerNodeId');
  }

  const status = statusShape(table('OctopusServerNodeStatus'), find, oddities);
  const nodes = {
    id: must(node, 'OctopusServerNode', 'Id'),
    name: must(node, 'OctopusServerNode', 'Name'),
    cap: must(node, 'OctopusServerNode', 'MaxConcurrentTasks'),
    drain: must(node, 'OctopusServerNode', 'IsInMaintenanceMode'),
    lastSeen: find(node, 'LastSeen'),
    flaggedOffline: find(node, 'IsOffline'),
    version: find(node, 'Version'),
  };
  if (nodes.lastSeen === null && (status === null || status.lastSeen === null)) {
    oddities.push('no table tells when a node was last seen');
  }
  const configuration = table('Configuration');
  const [configurationId, json] = ['Id', 'JSON'].map((name) => find(configuration, name));
  const history = table('OctopusServerInstallationHistory');
  const [historyNode, version, installed] = ['Node', 'Version', 'Installed'].map((name) => find(history, name));
  return {
    nodes,
    status,
    tasks: {
      id: must(task, 'ServerTask', 'Id'),
      name: must(task, 'ServerTask', 'Name'),
      description: must(task, 'ServerTask', 'Description'),
      state: must(task, 'ServerTask', 'State'),
      queuedAt: must(task, 'ServerTask', 'QueueTime'),
      startedAt: must(task, 'ServerTask', 'StartTime'),
      completedAt: find(task, 'CompletedTime'),
      node: must(task, 'ServerTask', 'ServerNodeId', 'ServerNode'),
      waitsForHuman: find(task, 'HasPendingInterruptions'),
    },
    configuration: configurationId && json ? { id: configurationId, json } : null,
    history: historyNode && version && installed ? { node: historyNode, version, installed } : null,
    oddities,
  };
}

/** The key is named `Id` or after the node; where it is neither, the primary key tells it, for reading only. */
function statusShape(
  columns: readonly CatalogueColumn[],
  find: (among: readonly CatalogueColumn[], ...names: string[]) => string | null,
  oddities: string[],
): Shape['status'] {
  if (columns.length === 0) return null;
  const named = columns.filter(({ column }) => knownStatusKeys.has(column.toLowerCase()));
  const keys = columns.filter(({ inKey }) => inKey);
  const typed = (name: string, type: RegExp): string | null => {
    const found = find(columns, name);
    const as = columns.find(({ column }) => column === found)?.type ?? '';
    if (found === null || type.test(as)) return found;
    oddities.push(`OctopusServerNodeStatus.${found} is ${as}`);
    return null;
  };
  const byName = find(named, 'OctopusServerNodeId', 'ServerNodeId', 'NodeId', 'Id');
  const key = byName ?? (keys.length === 1 ? (keys[0]?.column ?? null) : null);
  if (byName === null) {
    oddities.push(`the key of OctopusServerNodeStatus is ${key === null ? 'unknown' : `named ${key}`}`);
  }
  if (key === null) return null;
  if (keys.length > 0 && !keys.some(({ column }) => column === key)) {
    oddities.push(`OctopusServerNodeStatus has ${key}, but it is not its key`);
  }
  const lastSeen = typed('LastSeen', /^datetime/i);
  if (lastSeen === null) oddities.push('OctopusServerNodeStatus does not tell when a node was last seen');
  return {
    key,
    lastSeen,
    flaggedOffline: typed('IsOffline', /^bit$/i),
    version: find(columns, 'Version'),
  };
}

function notOctopus(database: string, noNodes: boolean, noTasks: boolean): Failure {
  const missing = [...(noNodes ? ['dbo.OctopusServerNode'] : []), ...(noTasks ? ['dbo.ServerTask'] : [])];
  return new Failure(
    'usage',
    `${database} is not a database of Octopus Server: it has no table ${missing.join(' and no ')}`,
    {
      hint: 'Name the database that Octopus Server itself uses. A login without SELECT on these tables sees the same.',
      details: { hasNoOctopus: true },
    },
  );
}
