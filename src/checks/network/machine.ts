import type { MachineFacts } from '../../operations/probe/machine-facts.js';
import { fail, type NodeCheck, pass, skip, type Verdict, warn } from '../check.js';
import { type Machines, machinesCheck } from '../kinds.js';
import type { World } from '../world.js';

/** What a node's machine has to reach, and the probe tries. */
type Purpose = 'database' | 'balancer' | 'storage';

/** `host:port` of each purpose, as far as they are known; the database of a lab is a file. */
export async function targetsOf(
  world: World,
  signal: AbortSignal,
): Promise<Readonly<Partial<Record<Purpose, string>>>> {
  const { connection } = world;
  const balancer = await world.balancer(signal);
  const folders = await world.sharedFolders(signal);
  const fileServer = folders.map((path) => /^[\\/]{2}([^\\/]+)/.exec(path)?.[1]).find((host) => host !== undefined);
  return {
    ...(world.engine === 'sqlite' ? { database: (await world.catalogue(signal)).database } : {}),
    ...(connection === undefined ? {} : { database: `${connection.server}:${connection.port ?? 1433}` }),
    ...(balancer === undefined || !URL.canParse(balancer) ? {} : { balancer: hostAndPort(new URL(balancer)) }),
    ...(fileServer === undefined ? {} : { storage: `${fileServer}:445` }),
  };
}

const hostAndPort = ({ hostname, port, protocol }: URL): string =>
  `${hostname.replace(/^\[(.*)\]$/, '$1')}:${port === '' ? (protocol === 'https:' ? '443' : '80') : port}`;

const reaches = (purpose: Purpose, what: string, why: string, text: string): NodeCheck => ({
  kind: 'node',
  from: 'machine',
  id: `network/${purpose}-from-node`,
  title: `the node's machine reaches ${what}`,
  why,
  cure: { text },
  needs: ['nodes/machine'],
  async run(world, node, signal) {
    const [targets, facts] = await Promise.all([targetsOf(world, signal), world.machine(node, signal)]);
    const target = targets[purpose];
    if (target === undefined) return skip(`the address of ${what} is not known`);
    if (facts === undefined) return skip(`it is not known how to reach the machine of ${node.name}`);
    return judgeReach(facts, target);
  },
});

export function judgeReach({ reach }: Pick<MachineFacts, 'reach'>, target: string): Verdict {
  const tried = reach.find((one) => one.target === target);
  if (tried?.ok == null) return skip('the machine has no program to try it with');
  return tried.ok ? pass({ target }) : fail(`it does not reach ${target}`, { evidence: { target } });
}

const namesAgree = machinesCheck({
  id: 'network/names-agree',
  title: 'all machines resolve names alike',
  why: 'A node with another answer, from its hosts file or a stale cache, talks to an old server.',
  cure: { text: 'Compare the hosts files and DNS servers of the machines.' },
  judge(machines: Machines): Verdict {
    const answers = new Map<string, Map<string, string>>();
    for (const [machine, { names }] of machines) {
      for (const { name, addresses } of names) {
        const of = answers.get(name) ?? new Map<string, string>();
        answers.set(name, of.set(machine, addresses.join(' ') || 'no address'));
      }
    }
    if (answers.size === 0) return skip('no name was to be resolved');
    const odd = [...answers].filter(([, of]) => new Set(of.values()).size > 1);
    if (odd.length === 0) return pass({ names: [...answers.keys()] });
    return warn(
      odd
        .map(([name, of]) => `${name} is ${[...of].map(([machine, found]) => `${found} on ${machine}`).join(', ')}`)
        .join('; '),
    );
  },
});

export const networkMachineChecks = [
  reaches(
    'database',
    'the database',
    'A node that cannot connect to the database starts and stops again.',
    'Open TCP 1433, or the port of the listener, from that machine.',
  ),
  reaches(
    'storage',
    'the shared storage',
    'Packages, artifacts and logs are read and written there by every node.',
    'Open TCP 445 to the file server; hardening that forbids outbound SMB has to spare it.',
  ),
  reaches(
    'balancer',
    'the load balancer',
    'Steps that call the API of Octopus, and agents that are told its public address, go through it.',
    'Open its port from that machine.',
  ),
  namesAgree,
] as const;
