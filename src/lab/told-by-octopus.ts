import type { Folder } from '../ports/folder.js';
import type { Kept } from './node/api/kept.js';
import { type LabRecord, labPaths, nodeUrl } from './record.js';

/** Folders of the shared storage. */
export const sharedParts = ['Packages', 'Artifacts', 'TaskLogs', 'Imports', 'EventExports', 'Telemetry'] as const;

/** A lab is as good as licensed without limits. */
export const licence = {
  IsCompliant: true,
  ComplianceSummary: 'Your license is compliant.',
  HostingEnvironment: 'SelfHosted',
  EffectiveExpiryDate: '9999-12-31T00:00:00.000+00:00',
  DoesExpiryBlockKeyActivities: false,
  EffectiveNodeTaskLimit: 2_147_483_647,
  EffectiveClusterTaskLimit: 2_147_483_647,
  Limits: [],
  Messages: [],
  Links: {},
};

/** What a new lab's Octopus tells of itself, beside what its tables say. */
export function toldByOctopus(home: Folder, { balancer }: LabRecord): Readonly<Partial<Record<Kept, unknown>>> {
  const folder = (part: string) => home.pathOf(`${labPaths.share}/${part}`);
  return {
    'server-folders': Object.fromEntries(sharedParts.map((part) => [`${part}Directory`, folder(part)])),
    ...(balancer === null ? {} : { 'server-configuration': { ServerUri: nodeUrl(balancer), Links: {} } }),
    'server-health': { IsOperatingNormally: true, IsEntireClusterReadOnly: false, IsEntireClusterDrainingTasks: false },
    'server-status': { IsDatabaseEncrypted: true, IsPotentialClone: false },
    'server-logs': [],
    'redis-status': { IsEnabled: false, IsConfigured: false, IsReachable: false },
    // What a connection string has that says nothing of it.
    'connection-pool': { MaxSqlConnectionPoolSize: 100, RecommendedMaxSqlConnectionPoolSize: 100 },
    'licence-status': licence,
    scheduler: { IsRunning: true, TaskStatus: [{ Name: 'Lab', IsEnabled: true }] },
    machines: [],
    workers: [],
  };
}
