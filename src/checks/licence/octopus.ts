import * as z from 'zod/mini';
import { fail, pass, skip, type Verdict, warn } from '../check.js';
import { octopusCheck } from '../kinds.js';
import { ours } from '../limits.js';

/** `GET /api/licenses/licenses-current-status` */
const licence = z.object({
  IsCompliant: z.boolean(),
  ComplianceSummary: z.optional(z.nullable(z.string())),
  DaysToEffectiveExpiryDate: z.optional(z.nullable(z.number())),
  DoesExpiryBlockKeyActivities: z.optional(z.boolean()),
  IsTrial: z.optional(z.boolean()),
  EffectiveClusterTaskLimit: z.optional(z.nullable(z.number())),
  IsClusterTaskLimitControlledByLicense: z.optional(z.boolean()),
  EffectiveNodeTaskLimit: z.optional(z.nullable(z.number())),
  IsNodeTaskLimitControlledByLicense: z.optional(z.boolean()),
  Limits: z._default(
    z.array(
      z.object({
        Name: z.string(),
        EffectiveLimit: z.optional(z.nullable(z.number())),
        IsUnlimited: z.optional(z.boolean()),
        CurrentUsage: z.optional(z.nullable(z.number())),
      }),
    ),
    [],
  ),
});

export type Licence = z.infer<typeof licence>;

const path = '/api/licenses/licenses-current-status';
const from = { path, schema: licence };
const help = { text: 'See Configuration ➜ License; ask sales@octopus.com for another limit.' };

const nodesOf = ({ Limits }: Licence) => Limits.find(({ Name }) => /node/i.test(Name) && !/task/i.test(Name));

const compliant = octopusCheck({
  ...from,
  id: 'licence/compliant',
  title: 'the licence is complied with',
  why: 'Beyond its limits no release can be created or deployed, although everybody can log in.',
  cure: help,
  judge: ({ IsCompliant, ComplianceSummary }): Verdict =>
    IsCompliant ? pass() : fail(ComplianceSummary || 'Octopus says that the licence is not complied with'),
});

const nodeLimit = octopusCheck({
  ...from,
  id: 'licence/node-limit',
  title: 'the licence allows the nodes that are online',
  why: 'Nodes that are online count. A copied machine, or a clone on the same database, is one too many.',
  cure: { text: 'Delete nodes that are gone, or extend the licence.', commands: ['octo-ha node list'] },
  judge(told): Verdict {
    const limit = nodesOf(told);
    if (limit === undefined) return skip('the licence does not speak of nodes');
    if (limit.IsUnlimited === true || limit.EffectiveLimit == null) return pass();
    const evidence = { used: limit.CurrentUsage ?? null, allowed: limit.EffectiveLimit };
    return (limit.CurrentUsage ?? 0) > limit.EffectiveLimit
      ? fail(`${limit.CurrentUsage} nodes are online, and ${limit.EffectiveLimit} are allowed`, { evidence })
      : pass(evidence);
  },
});

const expiry = octopusCheck({
  ...from,
  id: 'licence/expiry',
  title: 'the licence does not expire soon',
  why: 'After it some licences block deployments; others only updates.',
  cure: help,
  judge({ DaysToEffectiveExpiryDate: days, DoesExpiryBlockKeyActivities: blocks }, { limits }): Verdict {
    if (days == null) return skip('the licence does not tell when it expires');
    const evidence = { days, blocks: blocks ?? null };
    const then = blocks === true ? ', and then blocks deployments' : '';
    if (days <= 0) return (blocks === true ? fail : warn)(`it has expired ${-days} days ago${then}`, { evidence });
    if (days * 86_400_000 < limits.licenceWarn) {
      return warn(`it expires in ${days} days${then} ${ours(limits, 'licenceWarn')}`, { evidence });
    }
    return pass(evidence);
  },
});

const trial = octopusCheck({
  ...from,
  id: 'licence/not-a-trial',
  title: 'the licence is no trial',
  why: 'A trial ends on a day that nobody has in mind when it matters.',
  cure: help,
  judge: ({ IsTrial }): Verdict => (IsTrial === true ? warn('the licence is a trial') : pass()),
});

const clusterTasks = octopusCheck({
  ...from,
  id: 'licence/cluster-task-limit',
  title: 'the licence does not hold the cluster below its task caps',
  why: 'Where the licence limits the tasks of the whole cluster, caps beyond it do nothing (issue 5845).',
  cure: help,
  judge({ IsClusterTaskLimitControlledByLicense, EffectiveClusterTaskLimit }): Verdict {
    if (IsClusterTaskLimitControlledByLicense !== true) return pass();
    return warn(`the licence allows ${EffectiveClusterTaskLimit ?? '?'} tasks in the whole cluster`);
  },
});

const nodeTasks = octopusCheck({
  ...from,
  id: 'licence/node-task-limit',
  title: 'the licence does not hold nodes below their task caps',
  why: 'Where the licence limits the tasks of a node, a higher cap does nothing.',
  cure: help,
  judge({ IsNodeTaskLimitControlledByLicense, EffectiveNodeTaskLimit }): Verdict {
    if (IsNodeTaskLimitControlledByLicense !== true) return pass();
    return warn(`the licence allows ${EffectiveNodeTaskLimit ?? '?'} tasks on a node`);
  },
});

export const licenceChecks = [compliant, nodeLimit, expiry, trial, clusterTasks, nodeTasks] as const;
