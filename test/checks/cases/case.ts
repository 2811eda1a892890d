import type { Node } from '../../../src/cluster/node.js';
import { capacityOf } from '../../../src/cluster/status.js';
import { octopusTiming } from '../../../src/cluster/timing.js';
import type { MachineFacts } from '../../../src/operations/probe/machine-facts.js';
import type { Look } from '../../../src/operations/read-status.js';

export const now = new Date('2026-11-24T12:00:00Z');
export const ago = (milliseconds: number): Date => new Date(now.getTime() - milliseconds);

export const second = 1_000;
export const minute = 60 * second;
export const hour = 60 * minute;
export const day = 24 * hour;

/** What a judge must say of these facts; the words are looked for in the problem, or the reason. */
export type Case = readonly [
  status: 'pass' | 'warn' | 'fail' | 'skip' | 'unknown',
  words: RegExp | null,
  ...facts: unknown[],
];
export type Cases = Readonly<Record<string, readonly Case[]>>;

export const aNode = (name: string, more: Partial<Node> = {}): Node => ({
  ...{
    id: `OctopusServerNodes-${name}`,
    name,
    state: 'running',
    draining: false,
    hold: null,
    runningTasks: 0,
    taskCap: 10,
  },
  ...{ lastSeen: ago(20 * second), version: '2025.4.1000' },
  ...more,
});

export const held = (more: Partial<NonNullable<Node['hold']>> = {}): NonNullable<Node['hold']> => ({
  ...{ who: 'anna@desk', why: 'disk swap', since: ago(hour), until: null },
  ...more,
});

/** A cluster of three nodes in service, but for what is said. */
export function aLook(
  nodes: readonly Node[] = [aNode('web-1'), aNode('web-2'), aNode('web-3')],
  more: Partial<Look> = {},
): Look {
  return {
    cluster: { context: 'prod', server: 'sql1', database: 'Octopus', version: '2025.4.1000' },
    at: now,
    nodes,
    queue: { queued: 0, scheduled: 0, oldestMs: null, waitingForHuman: 0 },
    capacity: capacityOf(nodes),
    running: nodes.reduce((sum, { runningTasks }) => sum + runningTasks, 0),
    operation: null,
    orphaned: 0,
    timing: octopusTiming,
    unfinished: [],
    bound: new Map(),
    oddities: [],
    ...more,
  };
}

const share = (path: string) => ({
  ...{ path, exists: true, target: path, fileSystem: 'cifs', source: '//files/octopus' },
  ...{ number: '', writable: null },
  ...{ totalBytes: 2e12, freeBytes: 1e12, names: ['servertasks-1.txt', 'servertasks-2.txt'], entries: 2 },
});

export const aFolder = (
  path: string,
  more: Partial<MachineFacts['folders'][number]> = {},
): MachineFacts['folders'][number] => ({
  ...share(path),
  ...more,
});

/** A Windows machine that is as it should be, but for what is said. */
export const aMachine = (more: Partial<MachineFacts> = {}): MachineFacts => ({
  ...{ os: 'windows', osName: 'Microsoft Windows Server 2022 Standard', osVersion: '10.0.20348', host: 'WEB-1' },
  ...{
    user: 'CORP\\svc-octopus',
    utcOffsetMinutes: 0,
    timeSynchronised: true,
    uptimeSeconds: 86_400 * 9,
    rebootPending: false,
  },
  ...{ processors: 4, load: 0.5, memoryBytes: 16 * 1024 ** 3, memoryAvailableBytes: 8 * 1024 ** 3 },
  ...{
    folders: [aFolder('\\\\files\\octopus\\TaskLogs')],
    listening: [443, 10_943],
    pollers: [],
    reach: [],
    names: [],
  },
  ...{ watchdog: false, instances: 1, nodeName: 'web-1', databaseServer: 'tcp:sql1,1433', databaseName: 'Octopus' },
  ...{ home: 'C:\\Octopus', version: '2025.4.1000', proxy: '', log: { path: 0 }, clockAheadMs: 40, clockDoubtMs: 300 },
  service: { state: 'running', automatic: true, account: 'CORP\\svc-octopus', restarts: null },
  ...more,
});

/** Two machines by the names of their nodes. */
export const machines = (one: Partial<MachineFacts>, other: Partial<MachineFacts>): ReadonlyMap<string, MachineFacts> =>
  new Map([
    ['web-1', aMachine(one)],
    ['web-2', aMachine({ nodeName: 'web-2', host: 'WEB-2', ...other })],
  ]);
