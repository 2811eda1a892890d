import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FaultLab, Undo } from '../../support/chaos/fault-lab.js';
import type { Fault } from './fault.js';
import { inContext } from './in-context.js';
import { told } from './told.js';

const target = (name: string, more: object = {}) => ({
  Name: name,
  HealthStatus: 'Healthy',
  IsDisabled: false,
  ...more,
});

const polling = (uri: string) => ({ Endpoint: { CommunicationStyle: 'TentacleActive', Uri: uri } });

/** Octopus' nightly check, as its task tells of it. */
async function integrity(lab: FaultLab, set: string): Promise<Undo> {
  const now = new Date().toISOString();
  await lab.execute(`UPDATE dbo.ServerTask SET ${set} WHERE Id = 'ServerTasks-0'`);
  return () =>
    lab.execute(
      "UPDATE dbo.ServerTask SET State = 'Success', QueueTime = ?, CompletedTime = ? WHERE Id = 'ServerTasks-0'",
      now,
      now,
    );
}

export const octopusFaults: readonly Fault[] = [
  {
    id: 'licence-exceeded',
    what: 'the licence is not complied with',
    cause: 'licence/compliant',
    inject: (lab) =>
      told(lab, 'licence-status', { IsCompliant: false, ComplianceSummary: 'Your license limits have been exceeded.' }),
  },
  {
    id: 'licence-expired',
    what: 'the licence has expired, which blocks deployments',
    cause: 'licence/expiry',
    inject: (lab) => told(lab, 'licence-status', { DaysToEffectiveExpiryDate: -2, DoesExpiryBlockKeyActivities: true }),
  },
  {
    id: 'licence-trial',
    what: 'the licence is a trial',
    cause: 'licence/not-a-trial',
    inject: (lab) => told(lab, 'licence-status', { IsTrial: true }),
  },
  {
    id: 'too-many-nodes-for-the-licence',
    what: 'more nodes are online than the licence allows',
    cause: 'licence/node-limit',
    inject: (lab) =>
      told(lab, 'licence-status', { Limits: [{ Name: 'Server nodes', EffectiveLimit: 2, CurrentUsage: 3 }] }),
  },
  {
    id: 'licence-limits-tasks',
    what: 'the licence allows fewer tasks than the caps',
    cause: 'licence/cluster-task-limit',
    inject: (lab) =>
      told(lab, 'licence-status', { IsClusterTaskLimitControlledByLicense: true, EffectiveClusterTaskLimit: 5 }),
  },
  {
    id: 'licence-limits-tasks-of-a-node',
    what: 'the licence allows fewer tasks on a node than its cap',
    cause: 'licence/node-task-limit',
    inject: (lab) =>
      told(lab, 'licence-status', { IsNodeTaskLimitControlledByLicense: true, EffectiveNodeTaskLimit: 2 }),
  },
  {
    id: 'octopus-not-well',
    what: 'Octopus says that it does not operate normally',
    cause: 'cluster/operating-normally',
    inject: (lab) => told(lab, 'server-health', { IsOperatingNormally: false, Description: 'Some tasks are stuck.' }),
  },
  {
    id: 'read-only-cluster',
    what: 'Octopus is read-only',
    cause: 'cluster/not-read-only',
    inject: (lab) => told(lab, 'server-health', { IsEntireClusterReadOnly: true }),
  },
  {
    id: 'scheduler-stopped',
    what: "Octopus' scheduler was stopped while looking for a fault",
    cause: 'cluster/scheduler',
    inject: (lab) => told(lab, 'scheduler', { IsRunning: false }),
  },
  {
    id: 'integrity-check-failed',
    what: 'the last System Integrity Check failed',
    cause: 'cluster/system-integrity-check',
    inject: (lab) => integrity(lab, "State = 'Failed'"),
  },
  {
    id: 'integrity-check-old',
    what: 'no System Integrity Check has run for a week',
    cause: 'cluster/system-integrity-check',
    inject: (lab) => {
      const at = new Date(Date.now() - 7 * 86_400_000).toISOString();
      return integrity(lab, `QueueTime = '${at}', CompletedTime = '${at}'`);
    },
  },
  {
    id: 'maintenance-mode',
    what: 'Maintenance Mode was left on after an upgrade',
    cause: 'cluster/maintenance-mode',
    inject: (lab) => told(lab, 'maintenance', { IsInMaintenanceMode: true }),
  },
  {
    id: 'targets-unavailable',
    what: 'most deployment targets are unavailable',
    cause: 'tentacles/targets-available',
    inject: (lab) =>
      told(lab, 'machines', [
        target('web'),
        target('app', { HealthStatus: 'Unavailable' }),
        target('db', { HealthStatus: 'Unavailable' }),
      ]),
  },
  {
    id: 'workers-unavailable',
    what: 'every worker is unavailable',
    cause: 'tentacles/workers-available',
    inject: (lab) => told(lab, 'workers', [target('worker-1', { HealthStatus: 'Unavailable' })]),
  },
  {
    id: 'polling-port-closed',
    what: 'a target polls, and no node listens for it',
    cause: 'tentacles/polling-ports',
    inject: (lab) => told(lab, 'machines', [target('web', polling('poll://one/'))]),
  },
  {
    id: 'cloned-tentacle',
    what: 'a machine was cloned with its polling Tentacle',
    cause: 'tentacles/unique-identities',
    follows: ['tentacles/polling-ports'],
    inject: (lab) =>
      told(lab, 'machines', [target('web', polling('poll://one/')), target('copy-of-web', polling('poll://one/'))]),
  },
  {
    id: 'values-not-encrypted',
    what: 'Octopus has no master key, and keeps its passwords in the open',
    cause: 'cluster/database-encrypted',
    inject: (lab) => told(lab, 'server-status', { IsDatabaseEncrypted: false }),
  },
  {
    id: 'clone-at-work',
    what: 'Octopus takes itself for a clone of another instance',
    cause: 'disaster-recovery/not-a-clone',
    inject: (lab) => told(lab, 'server-status', { IsPotentialClone: true }),
  },
  {
    id: 'errors-in-the-log',
    what: 'Octopus has logged errors',
    cause: 'cluster/recent-errors',
    inject: (lab) =>
      told(lab, 'server-logs', [
        { Category: 'Error', MessageText: "There is not enough space on the disk : '/octopus/TaskLogs'" },
        { Category: 'Warning', MessageText: 'The request took 12 s.' },
      ]),
  },
  {
    id: 'redis-gone',
    what: 'polling Tentacles are found through Redis, and Redis is down',
    cause: 'tentacles/redis',
    inject: (lab) => told(lab, 'redis-status', { IsEnabled: true, IsConfigured: true, IsReachable: false }),
  },
  {
    id: 'connection-pool-small',
    what: 'the connection pool of the nodes is smaller than Octopus recommends for their caps',
    cause: 'database/connection-pool',
    inject: (lab) => told(lab, 'connection-pool', { RecommendedMaxSqlConnectionPoolSize: 160 }),
  },
  {
    id: 'api-key-revoked',
    what: "octo-ha's API key was revoked",
    cause: 'cluster/api-answers',
    async inject(lab) {
      const key = join(lab.home, '..', 'old-key');
      await writeFile(key, 'API-REVOKED\n', { mode: 0o600 });
      const url = `http://127.0.0.1:${lab.record.balancer.port}`;
      return await inContext(lab, { api: { url, key: { file: key } } });
    },
  },
];
