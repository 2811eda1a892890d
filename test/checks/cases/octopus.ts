import { ago, type Case, day, hour } from './case.js';

/** Answers of the REST API as they are documented or were recorded, each through the check's own schema. */
export const octopusCases: Readonly<Record<string, readonly Case[]>> = {
  'database/connection-pool': [
    [
      'pass',
      null,
      {
        Nodes: [
          { Name: 'web-1', MaxSqlConnectionPoolSize: 200, RecommendedMaxSqlConnectionPoolSize: 100 },
          { Name: 'old' },
        ],
        Links: {},
      },
    ],
    [
      'warn',
      /web-1 has 100 of 160/,
      { Nodes: [{ Name: 'web-1', MaxSqlConnectionPoolSize: 100, RecommendedMaxSqlConnectionPoolSize: 160 }] },
    ],
  ],
  'storage/configured': [
    [
      'pass',
      null,
      {
        ArtifactsDirectory: '\\\\files\\octopus\\Artifacts',
        TaskLogsDirectory: 'O:\\TaskLogs',
        CacheDirectory: 'C:\\Cache',
      },
    ],
    [
      'warn',
      /system drive: TaskLogsDirectory C:\\Octopus\\TaskLogs/,
      { TaskLogsDirectory: 'C:\\Octopus\\TaskLogs', PackagesDirectory: '\\\\f\\o\\P' },
    ],
    ['skip', /does not tell/, { Links: {} }],
  ],
  'storage/one-root': [
    [
      'pass',
      null,
      { ArtifactsDirectory: '\\\\files\\octopus\\Artifacts', PackagesDirectory: '//FILES/octopus/Packages' },
    ],
    [
      'warn',
      /on 2: /,
      { ArtifactsDirectory: '\\\\files\\octopus\\Artifacts', PackagesDirectory: '\\\\old\\octopus\\Packages' },
    ],
    ['skip', /does not tell/, {}],
  ],
  'storage/no-loopback': [
    ['pass', null, { ArtifactsDirectory: '\\\\files\\octopus\\Artifacts' }],
    ['fail', /localhost/, { ArtifactsDirectory: '\\\\localhost\\octopus\\Artifacts' }],
    ['skip', /does not tell/, {}],
  ],
  'load-balancer/public-url': [
    ['pass', null, { ServerUri: 'https://octopus.corp.local', Links: {} }],
    ['warn', /not set/, { ServerUri: null }],
  ],
  'tentacles/targets-available': targets('targets'),
  'tentacles/workers-available': targets('workers'),
  'tentacles/unique-identities': [
    ['skip', /no target polls/, [target('a', {})]],
    ['pass', null, [target('a', polling('poll://x/')), target('b', polling('poll://y/'))]],
    ['fail', /a and b/, [target('a', polling('poll://x/')), target('b', polling('poll://X/'))]],
  ],
  'tentacles/redis': [
    ['skip', /not in use/, { IsEnabled: false, IsConfigured: false, IsReachable: false }],
    ['pass', null, { IsEnabled: true, IsConfigured: true, IsReachable: true }],
    ['fail', /no Redis/, { IsEnabled: true, IsConfigured: false, IsReachable: false }],
    ['fail', /cannot be reached/, { IsEnabled: true, IsConfigured: true, IsReachable: false }],
  ],
  'licence/compliant': [
    ['pass', null, licence({})],
    [
      'fail',
      /limits have been exceeded/,
      licence({ IsCompliant: false, ComplianceSummary: 'your license limits have been exceeded' }),
    ],
    ['fail', /not complied/, licence({ IsCompliant: false, ComplianceSummary: null })],
  ],
  'licence/node-limit': [
    ['pass', null, licence({})],
    ['pass', null, licence({ Limits: [{ Name: 'Nodes', IsUnlimited: true, CurrentUsage: 9 }] })],
    ['fail', /3 nodes are online, and 2/, licence({ Limits: [{ Name: 'Nodes', EffectiveLimit: 2, CurrentUsage: 3 }] })],
    ['skip', /does not speak/, licence({ Limits: [{ Name: 'Projects', EffectiveLimit: 10, CurrentUsage: 3 }] })],
  ],
  'licence/expiry': [
    ['pass', null, licence({})],
    [
      'warn',
      /in 12 days, and then blocks.*licenceWarn/,
      licence({ DaysToEffectiveExpiryDate: 12, DoesExpiryBlockKeyActivities: true }),
    ],
    ['warn', /expired 3 days ago$/, licence({ DaysToEffectiveExpiryDate: -3 })],
    [
      'fail',
      /expired 3 days ago, and then blocks/,
      licence({ DaysToEffectiveExpiryDate: -3, DoesExpiryBlockKeyActivities: true }),
    ],
    ['skip', /does not tell/, licence({ DaysToEffectiveExpiryDate: null })],
  ],
  'licence/not-a-trial': [
    ['pass', null, licence({})],
    ['warn', /trial/, licence({ IsTrial: true })],
  ],
  'licence/cluster-task-limit': [
    ['pass', null, licence({})],
    [
      'warn',
      /5 tasks in the whole/,
      licence({ IsClusterTaskLimitControlledByLicense: true, EffectiveClusterTaskLimit: 5 }),
    ],
  ],
  'licence/node-task-limit': [
    ['pass', null, licence({})],
    ['warn', /5 tasks on a node/, licence({ IsNodeTaskLimitControlledByLicense: true, EffectiveNodeTaskLimit: 5 })],
  ],
  'disaster-recovery/not-a-clone': [
    ['pass', null, { IsDatabaseEncrypted: true, IsPotentialClone: false }],
    ['fail', /clone/, { IsDatabaseEncrypted: true, IsPotentialClone: true }],
  ],
  'cluster/operating-normally': [
    [
      'pass',
      null,
      { IsOperatingNormally: true, Description: 'Octopus is operating normally', IsEntireClusterReadOnly: false },
    ],
    ['fail', /draining tasks/, { IsOperatingNormally: false, Description: 'The entire cluster is draining tasks' }],
    ['fail', /not operate/, { IsOperatingNormally: false, Description: '' }],
  ],
  'cluster/not-read-only': [
    ['pass', null, { IsOperatingNormally: true, IsEntireClusterReadOnly: false }],
    ['fail', /read-only/, { IsOperatingNormally: false, IsEntireClusterReadOnly: true }],
  ],
  'cluster/database-encrypted': [
    ['pass', null, { IsDatabaseEncrypted: true }],
    ['fail', /not encrypted/, { IsDatabaseEncrypted: false }],
    ['skip', /does not tell/, {}],
  ],
  'cluster/system-integrity-check': [
    ['pass', null, { Items: [integrity('Executing'), integrity('Success')] }],
    ['fail', /ServerTasks-9, ended as Failed/, { Items: [integrity('Failed'), integrity('Success')] }],
    ['warn', /ended on 2026-11-20.*integrityCheck/, { Items: [integrity('Success', 4 * day)] }],
    ['warn', /no System Integrity Check/, { Items: [] }],
  ],
  'cluster/scheduler': [
    ['pass', null, { IsRunning: true, TaskStatus: [{ Name: 'Retention', IsEnabled: true }] }],
    ['fail', /does not run/, { IsRunning: false }],
    ['warn', /disabled: Retention/, { IsRunning: true, TaskStatus: [{ Name: 'Retention', IsEnabled: false }] }],
  ],
  'cluster/recent-errors': [
    ['pass', null, [{ Category: 'Warning', MessageText: 'slow' }]],
    [
      'warn',
      /2 errors, the newest: disk full/,
      [
        { Category: 'Fatal', MessageText: 'disk full' },
        { Category: 'Error', MessageText: 'x' },
      ],
    ],
  ],
};

function integrity(State: string, age = hour) {
  return {
    Id: 'ServerTasks-9',
    Name: 'SystemIntegrityCheck',
    State,
    QueueTime: ago(age).toISOString(),
    CompletedTime: ago(age).toISOString(),
  };
}

function licence(more: Record<string, unknown>) {
  return {
    ...{
      IsCompliant: true,
      ComplianceSummary: 'ok',
      DaysToEffectiveExpiryDate: 200,
      DoesExpiryBlockKeyActivities: false,
      IsTrial: false,
    },
    ...{
      IsClusterTaskLimitControlledByLicense: false,
      IsNodeTaskLimitControlledByLicense: false,
      Messages: [],
      SerialNumber: 'x',
    },
    Limits: [
      {
        Name: 'Nodes',
        EffectiveLimit: 2,
        LicensedLimit: 2,
        IsUnlimited: false,
        CurrentUsage: 2,
        LimitStatus: 'AtLimit',
      },
    ],
    ...more,
  };
}

function target(Name: string, more: Record<string, unknown>) {
  return {
    Id: `Machines-${Name}`,
    Name,
    HealthStatus: 'Healthy',
    IsDisabled: false,
    Thumbprint: 'AA',
    Endpoint: { CommunicationStyle: 'TentaclePassive', Uri: 'https://x:10933/' },
    ...more,
  };
}

function polling(Uri: string) {
  return { Endpoint: { CommunicationStyle: 'TentacleActive', Uri } };
}

function targets(kind: string): readonly Case[] {
  const many = (away: number) =>
    Array.from({ length: 10 }, (_, i) => target(`t${i}`, i < away ? { HealthStatus: 'Unavailable' } : {}));
  return [
    ['pass', null, many(2)],
    ['warn', /3 of 10 are unavailable.*unavailableTargets/, many(3)],
    ['skip', new RegExp(`no ${kind}`), [target('a', { IsDisabled: true })]],
  ];
}
