/**
 * octo-ha's own tables, as the typed query builder sees them. Instants are `Date` on SQL Server and ISO 8601 text on
 * SQLite; `instant` in `columns.ts` reads both.
 */
export interface Tables {
  'octo_ha.schema_version': SchemaVersionTable;
  'octo_ha.cluster': ClusterTable;
  'octo_ha.setting': SettingTable;
  'octo_ha.node': NodeTable;
}

interface SchemaVersionTable {
  number: number;
  name: string;
  applied: Date | string;
  /** The oldest client schema that may still write beside this one. */
  minimum_writer: number;
}

/** One row: which Octopus database these tables belong to. */
interface ClusterTable {
  id: number;
  database_name: string;
  server_name: string;
  pinned: Date | string;
}

interface SettingTable {
  name: string;
  value: string;
}

/** How to reach a node. Only addresses: nothing here is executed or trusted as a login. */
interface NodeTable {
  node_id: string;
  url: string | null;
}
