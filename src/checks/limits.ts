import { formatDuration, parseDuration } from '../cluster/duration.js';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

interface Limit {
  readonly unit: 'duration' | 'number' | 'percent';
  readonly initial: number;
  readonly what: string;
}

/**
 * Where a check draws its line although Octopus documents none. They are octo-ha's own; the context file or
 * `--limit NAME=VALUE` sets another.
 */
export const limitTable = {
  roundTripWarn: { unit: 'duration', initial: 20, what: 'a round trip to the database' },
  roundTripFail: { unit: 'duration', initial: 250, what: 'a round trip to the database' },
  clockWarn: { unit: 'duration', initial: 2 * second, what: 'difference between two clocks' },
  clockFail: { unit: 'duration', initial: 30 * second, what: 'difference between two clocks' },
  heartbeatWarn: { unit: 'duration', initial: 2 * minute, what: 'time since a node was last seen' },
  queueAge: { unit: 'duration', initial: 10 * minute, what: 'age of the oldest task that could be taken' },
  cancellingAge: { unit: 'duration', initial: 10 * minute, what: 'time that a task is being cancelled' },
  taskAge: { unit: 'duration', initial: day, what: 'time that a task runs' },
  blockedFor: { unit: 'duration', initial: 30 * second, what: 'time that a session is blocked' },
  fileFreeWarn: { unit: 'percent', initial: 15, what: 'free space in a database file that cannot grow' },
  storageLatency: { unit: 'duration', initial: 20, what: 'a connection to the file server, or a small file there' },
  diskFreeWarn: { unit: 'percent', initial: 15, what: 'free space on a disk' },
  diskFreeFail: { unit: 'percent', initial: 5, what: 'free space on a disk' },
  memoryUsedWarn: { unit: 'percent', initial: 90, what: 'memory of a machine in use' },
  loadPerCpuWarn: { unit: 'number', initial: 4, what: 'load of a machine for each processor' },
  restartsWarn: { unit: 'number', initial: 3, what: 'restarts of the service by its manager' },
  certificateWarn: { unit: 'duration', initial: 30 * day, what: 'time until a certificate expires' },
  certificateFail: { unit: 'duration', initial: 7 * day, what: 'time until a certificate expires' },
  licenceWarn: { unit: 'duration', initial: 30 * day, what: 'time until the licence expires' },
  fullBackup: { unit: 'duration', initial: day + hour, what: 'age of the last full backup' },
  logBackup: { unit: 'duration', initial: hour, what: 'age of the last log backup' },
  integrityCheck: { unit: 'duration', initial: 2 * day, what: 'age of the last System Integrity Check' },
  consistencyCheck: { unit: 'duration', initial: 14 * day, what: 'age of the last clean DBCC CHECKDB' },
  declaredAge: { unit: 'duration', initial: 180 * day, what: 'age of what somebody has declared as done' },
  taskRows: { unit: 'number', initial: 2_000_000, what: 'rows of a table with history' },
  unbalanced: { unit: 'percent', initial: 50, what: 'difference in use between nodes that are at work' },
  balancerShare: { unit: 'percent', initial: 50, what: 'least part of its fair share that a node gets' },
  balancerRequests: { unit: 'number', initial: 40, what: 'requests sent through the load balancer' },
  longRequest: { unit: 'duration', initial: 2 * minute, what: 'time that the load balancer must wait for an answer' },
  holdAge: { unit: 'duration', initial: 7 * day, what: 'age of a hold without an expected end' },
  operationAge: { unit: 'duration', initial: hour, what: 'age of an operation that is not finished' },
  bootAge: { unit: 'duration', initial: 10 * minute, what: 'time since a machine started' },
  unavailableTargets: { unit: 'percent', initial: 20, what: 'deployment targets that are unavailable' },
} as const satisfies Record<string, Limit>;

export type LimitName = keyof typeof limitTable;
export type Limits = Readonly<Record<LimitName, number>>;

export const ownLimits = Object.fromEntries(
  Object.entries(limitTable).map(([name, { initial }]) => [name, initial]),
) as Limits;

/** A value as a person writes it: `45s`, `20%`, `3`; `undefined` where it does not fit the limit's unit. */
export function parseLimit(name: LimitName, text: string): number | undefined {
  const { unit } = limitTable[name];
  if (unit === 'duration') return parseDuration(text);
  const [, digits] = (unit === 'percent' ? /^(\d{1,3}(?:\.\d+)?)%?$/ : /^(\d{1,12}(?:\.\d+)?)$/).exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

/** A value of that limit in words. */
export function formatLimit(name: LimitName, value: number): string {
  const { unit } = limitTable[name];
  if (unit === 'duration') return formatDuration(value);
  return unit === 'percent' ? `${value}%` : String(value);
}

/** For the end of a problem: says that the line is ours, and which one. */
export const ours = (limits: Limits, name: LimitName): string =>
  `(octo-ha's own limit ${name}: ${formatLimit(name, limits[name])})`;
