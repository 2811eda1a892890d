/**
 * octo-ha's own tables, as the typed query builder sees them. Instants are `Date` on SQL Server and ISO 8601 text on
 * SQLite; `instant` in `columns.ts` reads both.
 */
export interface Tables {
  'octo_ha.schema_version': SchemaVersionTable;
  'octo_ha.cluster': ClusterTable;
  'octo_ha.setting': SettingTable;
  'octo_ha.node': NodeTable;
  'octo_ha.machine': MachineTable;
  'octo_ha.observed': ObservedTable;
  'octo_ha.lease': LeaseTable;
  'octo_ha.operation': OperationTable;
  'octo_ha.step': StepTable;
  'octo_ha.seen_task': SeenTaskTable;
  'octo_ha.hold': HoldTable;
  'octo_ha.audit': AuditTable;
  'octo_ha.doctor_run': DoctorRunTable;
}

type Instant = Date | string;

interface SchemaVersionTable {
  number: number;
  name: string;
  applied: Instant;
  /** The oldest client schema that may still write beside this one. */
  minimum_writer: number;
}

/** One row: which Octopus database these tables belong to. */
interface ClusterTable {
  id: number;
  database_name: string;
  server_name: string;
  pinned: Instant;
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

/** `address` is JSON; see `machine-addresses.ts`. */
interface MachineTable {
  node_id: string;
  address: string;
}

/** What was last seen of each node; `draining` is 0 or 1. */
interface ObservedTable {
  node_id: string;
  node_name: string;
  draining: number;
  task_cap: number;
  at: Instant;
}

/** One row. */
interface LeaseTable {
  id: number;
  token: number;
  holder: string;
  operation_id: string | null;
  who: string;
  host: string;
  pid: number;
  process_started: string;
  since: Instant;
  expires: Instant;
  stop_requested: string | null;
}

/** `nodes`, `request` and `outcome` are JSON. */
interface OperationTable {
  id: string;
  kind: string;
  state: string;
  nodes: string;
  request: string;
  who: string;
  host: string;
  reason: string | null;
  change_id: string | null;
  channel: string;
  started: Instant;
  ended: Instant | null;
  outcome: string | null;
}

interface StepTable {
  operation_id: string;
  number: number;
  node_id: string;
  action: string;
  intended: Instant;
  ended: Instant | null;
  result: string | null;
  detail: string | null;
}

interface SeenTaskTable {
  operation_id: string;
  task_id: string;
  node_id: string;
  state: string;
}

interface HoldTable {
  node_id: string;
  who: string;
  why: string;
  since: Instant;
  until: Instant | null;
  operation_id: string | null;
}

/** Only ever added to. */
interface AuditTable {
  id: string;
  at: Instant;
  login: string;
  who: string;
  host: string;
  node_id: string;
  node_name: string;
  action: string;
  before_value: string | null;
  after_value: string | null;
  reason: string | null;
  change_id: string | null;
  overrides: string | null;
  channel: string;
  operation_id: string | null;
}

/** `counts` and `findings` are JSON. */
interface DoctorRunTable {
  id: string;
  at: Instant;
  who: string;
  selection: string;
  verdict: string;
  counts: string;
  findings: string;
  duration_ms: number;
}
