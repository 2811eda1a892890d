import * as z from 'zod/mini';
import { counted } from '../../cluster/counted.js';
import { takesTasks } from '../../cluster/node.js';
import { Failure } from '../../errors.js';
import { type ClusterCheck, fail, pass, skip, type Verdict, warn } from '../check.js';
import { askOctopus, octopusCheck, octopusNeeded } from '../kinds.js';
import { ours } from '../limits.js';
import { endpointOf } from '../network/web.js';

const machine = z.object({
  Name: z.string(),
  HealthStatus: z.optional(z.nullable(z.string())),
  IsDisabled: z.optional(z.boolean()),
  Thumbprint: z.optional(z.nullable(z.string())),
  Endpoint: z.optional(
    z.nullable(
      z.object({ CommunicationStyle: z.optional(z.nullable(z.string())), Uri: z.optional(z.nullable(z.string())) }),
    ),
  ),
});

export type Target = z.infer<typeof machine>;

const targets = { path: '/api/machines/all', schema: z.array(machine) };
const workers = { path: '/api/workers/all', schema: z.array(machine) };

const active = (all: readonly Target[]): readonly Target[] => all.filter(({ IsDisabled }) => IsDisabled !== true);

const isPolling = ({ Endpoint }: Target): boolean =>
  ['TentacleActive', 'KubernetesTentacle'].includes(Endpoint?.CommunicationStyle ?? '') ||
  (Endpoint?.Uri ?? '').startsWith('poll:');

const healthyOf = (kind: 'targets' | 'workers', from: typeof targets) =>
  octopusCheck({
    ...from,
    id: `tentacles/${kind}-available`,
    title: `${kind === 'targets' ? 'deployment targets' : 'workers'} are available`,
    why: 'Many that are unavailable at once are no accident of theirs: a node that they do not poll, a firewall, a certificate.',
    cure: {
      text: 'Run a health check in Octopus, and read what it says of one of them.',
      commands: ['octo-ha doctor tentacles'],
    },
    judge(all, { limits }): Verdict {
      const counted_ = active(all);
      if (counted_.length === 0) return skip(`there are no ${kind}`);
      const away = counted_.filter(({ HealthStatus }) => HealthStatus === 'Unavailable');
      const share = (100 * away.length) / counted_.length;
      const evidence = { unavailable: away.map(({ Name }) => Name).slice(0, 20), of: counted_.length };
      if (share <= limits.unavailableTargets) return pass(evidence);
      return warn(`${away.length} of ${counted_.length} are unavailable ${ours(limits, 'unavailableTargets')}`, {
        evidence,
      });
    },
  });

const identities = octopusCheck({
  ...targets,
  id: 'tentacles/unique-identities',
  title: 'no two polling Tentacles share an identity',
  why: 'A machine that was cloned with its Tentacle polls under the same subscription: tasks go to one or the other (issue 6538).',
  cure: {
    text: 'Give the copy a new certificate and register it anew.',
    commands: ['Tentacle new-certificate --instance INSTANCE', 'Tentacle register-with …'],
  },
  judge(all): Verdict {
    const polling = active(all).filter(isPolling);
    if (polling.length === 0) return skip('no target polls');
    const byUri = new Map<string, string[]>();
    for (const { Endpoint, Name } of polling) {
      const uri = (Endpoint?.Uri ?? '').toLowerCase();
      if (uri !== '') byUri.set(uri, [...(byUri.get(uri) ?? []), Name]);
    }
    const shared = [...byUri.values()].filter(({ length }) => length > 1);
    return shared.length === 0
      ? pass({ polling: polling.length })
      : fail(`one subscription: ${shared.map((names) => names.join(' and ')).join('; ')}`);
  },
});

const redis = octopusCheck({
  id: 'tentacles/redis',
  title: 'Redis for multi-node polling is reachable, where it is used',
  why: 'With multi-node polling (2026.4) Tentacles poll any node and tasks find them through Redis. Without it nothing that polls can be deployed to.',
  cure: {
    text: 'Start Redis, and compare its connection string on every node.',
    commands: ['Octopus.Server configure --instance INSTANCE --multiNodePollingTentaclesRedisConnectionString …'],
  },
  path: '/api/serverstatus/redis',
  schema: z.object({ IsEnabled: z.boolean(), IsConfigured: z.boolean(), IsReachable: z.boolean() }),
  judge({ IsEnabled, IsConfigured, IsReachable }): Verdict {
    if (!IsEnabled) return skip('multi-node polling is not in use');
    if (!IsConfigured) return fail('multi-node polling is enabled, and no Redis is configured');
    return IsReachable ? pass() : fail('Redis cannot be reached by the node that answered');
  },
});

/** Octopus' own port for what polls: `--commsListenPort`. */
export const pollingPort = 10_943;

const portsOpen: ClusterCheck = {
  kind: 'cluster',
  id: 'tentacles/polling-ports',
  title: 'every node that takes tasks takes polling connections',
  why: 'A polling Tentacle gets work only from the nodes that it polls, so it has to reach each of them (or Redis takes over).',
  cure: {
    text: 'Open port 10943 to that node; "unable to open the communications port" in its log means that something else has it.',
    commands: ['Octopus.Server configure --instance INSTANCE --commsListenPort 10943'],
  },
  needs: [...octopusNeeded, 'nodes/ping'],
  async run(world, signal) {
    const asked = await askOctopus(world, targets, signal);
    if ('status' in asked) return asked;
    const polling = active(asked.facts).filter(isPolling).length;
    if (polling === 0) return skip('no target polls');
    const { nodes } = await world.status(signal);
    const closed: string[] = [];
    await Promise.all(
      nodes.filter(takesTasks).map(async (node) => {
        const url = await world.webAddress(node, signal);
        if (url === undefined || !URL.canParse(url)) return;
        try {
          await world.network.connect(endpointOf(url).host, pollingPort, signal);
        } catch (error) {
          if (!(error instanceof Failure && error.kind === 'unreachable')) throw error;
          closed.push(node.name);
        }
      }),
    );
    if (closed.length === 0) return pass({ polling });
    return fail(`${counted(polling, 'target')} poll, and port ${pollingPort} is closed on ${closed.sort().join(', ')}`);
  },
};

export const tentacleOctopusChecks = [
  healthyOf('targets', targets),
  healthyOf('workers', workers),
  identities,
  redis,
  portsOpen,
] as const;
