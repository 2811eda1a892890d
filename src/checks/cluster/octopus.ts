import * as z from 'zod/mini';
import { counted } from '../../cluster/counted.js';
import { fail, pass, skip, type Verdict, warn } from '../check.js';
import { octopusCheck } from '../kinds.js';
import { ours } from '../limits.js';

const health = z.object({
  IsOperatingNormally: z.boolean(),
  Description: z.optional(z.nullable(z.string())),
  IsEntireClusterReadOnly: z.optional(z.boolean()),
  IsEntireClusterDrainingTasks: z.optional(z.boolean()),
});

const healthPath = '/api/serverstatus/health';

const operating = octopusCheck({
  id: 'cluster/operating-normally',
  title: 'Octopus says that it operates normally',
  why: 'Octopus sums up its own state here; it answers 418 when something is not as it should be.',
  cure: { text: 'Look at Configuration ➜ Diagnostics.' },
  path: healthPath,
  schema: health,
  judge: ({ IsOperatingNormally, Description }): Verdict =>
    IsOperatingNormally ? pass() : fail(Description || 'Octopus does not operate normally'),
});

const readOnly = octopusCheck({
  id: 'cluster/not-read-only',
  title: 'the cluster is not read-only',
  why: 'Octopus can be put into a state in which nothing can be changed or deployed.',
  cure: { text: 'Look at Configuration ➜ Maintenance, and at the licence.' },
  path: healthPath,
  schema: health,
  judge: ({ IsEntireClusterReadOnly }): Verdict =>
    IsEntireClusterReadOnly === true ? fail('the whole cluster is read-only') : pass(),
});

const status = z.object({ IsDatabaseEncrypted: z.optional(z.boolean()), IsPotentialClone: z.optional(z.boolean()) });

const sensitiveEncrypted = octopusCheck({
  id: 'cluster/database-encrypted',
  title: 'Octopus encrypts its sensitive values',
  why: 'Passwords and keys in the database are encrypted by the master key; without one they are in the open.',
  cure: {
    text: 'Set a master key on every node.',
    commands: ['Octopus.Server database --instance INSTANCE --masterKey KEY'],
  },
  path: '/api/serverstatus',
  schema: status,
  judge: ({ IsDatabaseEncrypted }): Verdict => {
    if (IsDatabaseEncrypted === undefined) return skip('this version does not tell');
    return IsDatabaseEncrypted ? pass() : fail('the database is not encrypted by a master key');
  },
});

export const notAClone = octopusCheck({
  id: 'disaster-recovery/not-a-clone',
  title: 'Octopus does not take this instance for a clone',
  why: 'A restored copy that can reach the network deploys, and sends mail, like the real one.',
  cure: {
    text: "Disable targets, triggers and subscriptions of the copy before its nodes start: Octopus' page on test instances.",
  },
  path: '/api/serverstatus',
  schema: status,
  judge: ({ IsPotentialClone }): Verdict =>
    IsPotentialClone === true ? fail('Octopus says that this may be a clone of another instance') : pass(),
});

const integrity = z.object({
  Items: z.array(
    z.object({
      Id: z.string(),
      State: z.string(),
      QueueTime: z.optional(z.nullable(z.string())),
      CompletedTime: z.optional(z.nullable(z.string())),
    }),
  ),
});

const integrityCheck = octopusCheck({
  id: 'cluster/system-integrity-check',
  title: 'the last System Integrity Check succeeded',
  why: 'Octopus compares its schema with what it should be, at start and once a day. Other tables and indexes break the next upgrade.',
  cure: { text: 'Open its log in Octopus: Configuration ➜ Diagnostics ➜ System Integrity Check.' },
  path: '/api/tasks?name=SystemIntegrityCheck&includeSystem=true&spaces=all&take=10',
  schema: integrity,
  judge({ Items }, { limits, now }): Verdict {
    const ended = Items.find(({ State }) => ['Success', 'Failed', 'TimedOut', 'Canceled'].includes(State));
    if (ended === undefined) return warn('no System Integrity Check has ended');
    const evidence = { task: ended.Id, state: ended.State, completed: ended.CompletedTime ?? null };
    if (ended.State !== 'Success') return fail(`the last one, ${ended.Id}, ended as ${ended.State}`, { evidence });
    const at = Date.parse(ended.CompletedTime ?? ended.QueueTime ?? '');
    if (Number.isFinite(at) && now.getTime() - at > limits.integrityCheck) {
      return warn(
        `the last one, ${ended.Id}, ended on ${new Date(at).toISOString().slice(0, 10)} ${ours(limits, 'integrityCheck')}`,
        { evidence },
      );
    }
    return pass(evidence);
  },
});

const scheduler = z.object({
  IsRunning: z.boolean(),
  TaskStatus: z.optional(z.array(z.object({ Name: z.string(), IsEnabled: z.boolean() }))),
});

const schedulerRuns = octopusCheck({
  id: 'cluster/scheduler',
  title: "Octopus' scheduler runs, with every job",
  why: 'A job that somebody has stopped while looking for a fault stays so: retention, health checks, synchronisation.',
  cure: { text: 'Start it: Configuration ➜ Diagnostics ➜ Scheduler.' },
  path: '/api/scheduler',
  schema: scheduler,
  judge({ IsRunning, TaskStatus = [] }): Verdict {
    if (!IsRunning) return fail('the scheduler does not run');
    const disabled = TaskStatus.filter(({ IsEnabled }) => !IsEnabled).map(({ Name }) => Name);
    return disabled.length === 0 ? pass({ jobs: TaskStatus.length }) : warn(`disabled: ${disabled.join(', ')}`);
  },
});

const summary = z.object({
  Nodes: z.array(
    z.object({
      Name: z.string(),
      Version: z.optional(z.nullable(z.string())),
      MaxSqlConnectionPoolSize: z.optional(z.nullable(z.number())),
      RecommendedMaxSqlConnectionPoolSize: z.optional(z.nullable(z.number())),
    }),
  ),
});

export const connectionPool = octopusCheck({
  id: 'database/connection-pool',
  title: "every node's connection pool is as large as Octopus recommends",
  why: '"Timeout expired … obtaining a connection from the pool" stops deployments and heartbeats; the default of 100 is too small for high caps.',
  cure: { text: 'Add Max Pool Size=200, or what is recommended, to the connection string of each node.' },
  path: '/api/octopusservernodes/summary',
  schema: summary,
  judge({ Nodes }): Verdict {
    const small = Nodes.filter(
      ({ MaxSqlConnectionPoolSize: size, RecommendedMaxSqlConnectionPoolSize: wanted }) =>
        typeof size === 'number' && typeof wanted === 'number' && size < wanted,
    );
    if (small.length === 0) return pass();
    return warn(
      small
        .map(
          (node) => `${node.Name} has ${node.MaxSqlConnectionPoolSize} of ${node.RecommendedMaxSqlConnectionPoolSize}`,
        )
        .join(', '),
    );
  },
});

const logs = z.array(z.object({ Category: z.string(), MessageText: z.optional(z.nullable(z.string())) }));

const recentErrors = octopusCheck({
  id: 'cluster/recent-errors',
  title: 'no node has logged an error of late',
  why: 'The most recent high-priority lines of the node that answered: what Octopus itself thinks somebody should read.',
  cure: { text: 'Read them: Configuration ➜ Diagnostics.' },
  path: '/api/serverstatus/logs?take=100',
  schema: logs,
  judge(lines): Verdict {
    const errors = lines.filter(({ Category }) => Category === 'Error' || Category === 'Fatal');
    const [first] = errors;
    if (first === undefined) return pass({ lines: lines.length });
    return warn(`${counted(errors.length, 'error')}, the newest: ${(first.MessageText ?? '').slice(0, 200)}`);
  },
});

const serverConfiguration = z.object({ ServerUri: z.optional(z.nullable(z.string())) });

export const publicUrl = octopusCheck({
  id: 'load-balancer/public-url',
  title: 'Octopus knows its public address',
  why: 'Links in mails, and what agents are told to connect to, are made from ServerUri: it has to be the balancer, not a node.',
  cure: { text: 'Set it: Configuration ➜ Nodes ➜ Server URI, or PUT /api/serverconfiguration.' },
  path: '/api/serverconfiguration',
  schema: serverConfiguration,
  judge: ({ ServerUri }): Verdict => (ServerUri ? pass({ serverUri: ServerUri }) : warn('ServerUri is not set')),
});

export const clusterOctopusChecks = [
  operating,
  readOnly,
  sensitiveEncrypted,
  integrityCheck,
  schedulerRuns,
  recentErrors,
] as const;
