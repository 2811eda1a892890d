import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BalancedNode } from '../../src/load-balancer/balancer.js';
import { authority, endpointOf } from '../../src/load-balancer/endpoint.js';
import type { BalancerProgram } from './balancer-programs.js';
import { BalancerStand, type LoadOutcome } from './balancer-stand.js';
import type { LabPrograms } from './lab.js';

/** What came of one balancer with one configuration. */
export interface Trial {
  /** A node drains, is stopped when the balancer must have noticed, and comes back. */
  readonly drain: LoadOutcome;
  /** Milliseconds after its first 418 until the drained node got nothing more; `null` where it did until it stopped. */
  readonly leftAfter: number | null;
  /** The same as the renderer promises it. */
  readonly outAfter: number;
  /** A node is added, and the configuration loaded again. */
  readonly add: LoadOutcome;
  /** A node is killed without warning. */
  readonly kill: LoadOutcome;
  /** Writes that reached a node a second time, of all. */
  readonly doubled: number;
}

export type Configuration = 'octo-ha' | 'start';

export interface TrialOptions {
  /** Requests a second. */
  readonly rate: number;
  /** Milliseconds of use after a node was killed. */
  readonly afterKill: number;
}

/** What people start from: the nodes, and nothing about their health. */
const start: Readonly<Record<string, (servers: readonly string[], port: number) => string>> = {
  haproxy: (servers, port) => `
defaults
    mode http
    timeout connect 5s
    timeout client 60s
    timeout server 60s
frontend octopus
    bind 127.0.0.1:${port}
    default_backend nodes
backend nodes
${servers.map((server, i) => `    server node${i} ${server}`).join('\n')}
`,
  nginx: (servers, port) => `
upstream octopusdeploy {
${servers.map((server) => `    server ${server};`).join('\n')}
}
server {
    listen 127.0.0.1:${port};
    location / {
        proxy_set_header Host $host;
        proxy_pass http://octopusdeploy;
    }
}
`,
  apache: (servers, port) => `
Listen 127.0.0.1:${port}
<Proxy balancer://octopus>
${servers.map((server) => `    BalancerMember http://${server}`).join('\n')}
</Proxy>
<VirtualHost 127.0.0.1:${port}>
    ProxyPreserveHost On
    ProxyPass / balancer://octopus/
</VirtualHost>
`,
  caddy: (servers, port) => `http://:${port} {
    bind 127.0.0.1
    reverse_proxy ${servers.join(' ')}
}
`,
};

const versions: Readonly<Record<string, readonly string[]>> = {
  haproxy: ['haproxy', '-v'],
  nginx: ['nginx', '-v'],
  apache: ['apache2', '-v'],
  caddy: ['caddy', 'version'],
};

/** `2.6.12` and the like. */
export function versionOf(name: string): string {
  const [program = '', ...args] = versions[name] ?? [];
  const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  return /\d+\.\d+[\w.~+-]*/.exec(`${stdout}${stderr}`)?.[0] ?? 'unknown';
}

const address = (node: BalancedNode): string => authority(endpointOf(node));

/** A balancer with the configuration that octo-ha renders, or with what people start from, in front of three lab nodes. */
export async function trial(
  program: BalancerProgram,
  configuration: Configuration,
  programs: LabPrograms['programs'],
  { rate, afterKill }: TrialOptions,
): Promise<Trial> {
  const plain = start[program.name];
  const configure =
    configuration === 'start' && plain !== undefined
      ? (nodes: readonly BalancedNode[], port: number) => plain(nodes.map(address), port)
      : undefined;
  await using stand = await BalancerStand.start(program, programs, configure);
  const isTold = program.name === 'nginx' && configuration === 'octo-ha';
  let leftAfter: number | null = null;
  const drain = await stand.whileUsed({ rate }, async () => {
    await sleep(2_000);
    await stand.drain('node-2', true);
    const drained = Date.now();
    if (isTold) await stand.reload();
    await sleep(Math.max(stand.timing.outAfter, 5_000));
    const last = (stand.lastAnswer.get('node-2') ?? drained) - drained;
    leftAfter = Date.now() - drained - last < 500 ? null : Math.max(0, last);
    await stand.stop('node-2', 'stop');
    await sleep(1_000);
    await stand.up(3);
    await stand.drain('node-2', false);
    if (isTold) await stand.reload();
    await stand.answersFrom(['node-2']);
  });
  const add = await stand.whileUsed({ rate }, async () => {
    await stand.up(4);
    await stand.reload();
    await stand.answersFrom(['node-4']);
    await sleep(1_000);
  });
  const kill = await stand.whileUsed({ rate }, async () => {
    await sleep(2_000);
    await stand.stop('node-3', 'kill');
    await sleep(afterKill);
  });
  const doubled = [drain, add, kill].reduce((sum, outcome) => sum + outcome.doubled.length, 0);
  return { drain, leftAfter, outAfter: stand.timing.outAfter, add, kill, doubled };
}
