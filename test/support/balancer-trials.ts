import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BalancedNode } from '../../src/load-balancer/balancer.js';
import { authority, endpointOf } from '../../src/load-balancer/endpoint.js';
import { balancerPrograms } from './balancer-programs.js';
import { BalancerStand, type LoadCount, type LoadOutcome } from './balancer-stand.js';
import { buildLabPrograms } from './lab.js';

export interface TrialRow {
  readonly title: string;
  readonly configuration: 'octo-ha' | 'start';
  /** Failed requests of all. */
  readonly drain: string;
  /** Milliseconds after its first 418 until the drained node got nothing more; `null` where it did until it stopped. */
  readonly leftAfter: number | null;
  readonly add: string;
  readonly addFresh: string;
  readonly killReads: string;
  readonly killWrites: string;
  readonly doubled: number;
}

export interface TrialOptions {
  /** Requests a second. */
  readonly rate: number;
  /** Milliseconds of use after a node was killed. */
  readonly afterKill: number;
  readonly tell: (line: string) => void;
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

/** Every balancer of this machine with both configurations, one after the other. */
export async function runTrials({ rate, afterKill, tell }: TrialOptions): Promise<readonly TrialRow[]> {
  const waiting = setInterval(() => {}, 1_000);
  await using built = await buildLabPrograms();
  const rows: TrialRow[] = [];
  try {
    for (const program of balancerPrograms.filter(({ file }) => file !== undefined)) {
      for (const configuration of ['octo-ha', 'start'] as const) {
        const plain = start[program.name];
        await using stand = await BalancerStand.start(
          program,
          built.programs,
          configuration === 'start' && plain !== undefined
            ? (nodes, port) => plain(nodes.map(address), port)
            : undefined,
        );
        tell(`${program.name}, ${configuration}`);
        rows.push(await trial(stand, { name: program.name, configuration, rate, afterKill }));
      }
    }
    return rows;
  } finally {
    clearInterval(waiting);
  }
}

const address = (node: BalancedNode): string => authority(endpointOf(node));

async function trial(
  stand: BalancerStand,
  {
    name,
    configuration,
    rate,
    afterKill,
  }: { name: string; configuration: 'octo-ha' | 'start'; rate: number; afterKill: number },
): Promise<TrialRow> {
  const isTold = name === 'nginx' && configuration === 'octo-ha';
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
  const addedIn = async (keepAlive: boolean, nodes: number): Promise<LoadOutcome> =>
    await stand.whileUsed({ rate, keepAlive }, async () => {
      await stand.up(nodes);
      await stand.reload();
      await stand.answersFrom([`node-${nodes}`]);
      await sleep(1_000);
    });
  const add = await addedIn(true, 4);
  const addFresh = await addedIn(false, 5);
  const kill = await stand.whileUsed({ rate }, async () => {
    await sleep(2_000);
    await stand.stop('node-3', 'kill');
    await sleep(afterKill);
  });
  const all = [drain, add, addFresh, kill];
  return {
    title: name,
    configuration,
    drain: failed(drain.reads, drain.writes),
    leftAfter,
    add: failed(add.reads, add.writes),
    addFresh: failed(addFresh.reads, addFresh.writes),
    killReads: failed(kill.reads),
    killWrites: failed(kill.writes),
    doubled: all.reduce((sum, { doubled }) => sum + doubled.length, 0),
  };
}

const failed = (...counts: readonly LoadCount[]): string => {
  const sum = (what: 'failed' | 'sent') => counts.reduce((total, count) => total + count[what], 0);
  return `${sum('failed')} of ${sum('sent').toLocaleString('en')}`;
};
