import { Failure } from '../errors.js';
import { haproxy } from '../load-balancer/haproxy.js';
import { renderBalancer } from '../load-balancer/render.js';
import type { BalancerSettings } from './balancer/settings.js';
import type { LabHost } from './host.js';
import { labHealthCheck } from './intervals.js';
import { answeringNode, nodesOf } from './nodes.js';
import { findLabProcesses, type LabProcesses, leaderOf } from './processes.js';
import { type BalancerRecord, type LabRecord, labPaths, nodeUrl } from './record.js';

export type BalancerWish = 'auto' | 'haproxy' | 'own' | 'none';

const files = { haproxy: 'haproxy.cfg', own: 'balancer.json' } as const satisfies Record<
  BalancerRecord['kind'],
  string
>;
const log = `${labPaths.logs}/balancer.log`;

/** Milliseconds until a balancer must answer for a node. */
const startBound = 30_000;

/** What stands in front of the nodes: HAProxy where it is installed, else the lab's own. */
export async function chooseBalancer(host: LabHost, wish: BalancerWish, port: number): Promise<BalancerRecord | null> {
  if (wish === 'none') return null;
  const program = wish === 'own' ? undefined : await host.findProgram('haproxy');
  if (program !== undefined) return { kind: 'haproxy', port, program };
  if (wish !== 'haproxy') return { kind: 'own', port, program: host.programs.balancer.file };
  throw new Failure('usage', 'HAProxy is not installed here', {
    hint: "Install it (on Debian: apt-get install haproxy), or use the lab's own balancer: --balancer own",
  });
}

/** Starts the balancer, or gives a running one the nodes as they are. `false` when somebody else has its port. */
export async function ensureBalancer(host: LabHost, record: LabRecord, signal: AbortSignal): Promise<boolean> {
  const { balancer } = record;
  if (balancer === null) return true;
  const { home } = host;
  const file = `${labPaths.run}/${files[balancer.kind]}`;
  const text =
    balancer.kind === 'haproxy' ? haproxyConfiguration(record, balancer) : ownSettings(host, record, balancer);
  const changed = (await home.read(file)) !== text;
  await home.write(file, text);
  if (changed && balancer.kind === 'haproxy') await test(host, balancer, home.pathOf(file), signal);

  const running = leaderOf(processesOfBalancer(await findLabProcesses(host), record));
  if (running === undefined) return await start(host, record, balancer, home.pathOf(file), signal);
  if (changed && balancer.kind === 'haproxy') await host.processes.signal(running, 'reload');
  return true;
}

export const processesOfBalancer = (found: LabProcesses, { balancer }: LabRecord) =>
  balancer === null ? [] : (found.get(files[balancer.kind]) ?? []);

/** Every machine is a server of it, so that a node that is set up later gets requests by itself. */
function haproxyConfiguration({ machines }: LabRecord, { port }: BalancerRecord): string {
  return renderBalancer(
    haproxy,
    machines.map((machine) => ({ name: machine.name, url: nodeUrl(machine) })),
    { ...labHealthCheck, checkTimeout: labHealthCheck.timeout, listen: `127.0.0.1:${port}` },
    { origin: 'octo-ha lab up' },
  );
}

const ownSettings = ({ home }: LabHost, { id }: LabRecord, { port }: BalancerRecord): string =>
  JSON.stringify({ home: home.path, lab: id, port } satisfies BalancerSettings);

async function test({ processes }: LabHost, { program }: BalancerRecord, path: string, signal: AbortSignal) {
  const { code, output } = await processes.run({ file: program, args: ['-c', '-f', path] }, signal);
  if (code !== 0) throw new Failure('failed', `HAProxy does not accept its configuration:\n${output}`);
}

async function start(
  host: LabHost,
  record: LabRecord,
  balancer: BalancerRecord,
  path: string,
  signal: AbortSignal,
): Promise<boolean> {
  const { processes, programs, home, clock } = host;
  const program =
    balancer.kind === 'haproxy'
      ? // A master in the foreground, which reloads when it is told to and whose workers end with it.
        { file: balancer.program, args: ['-W', '-db', '-f', path] }
      : { file: programs.balancer.file, args: [...programs.balancer.args, path] };
  const started = await processes.start(program, home.pathOf(log));
  let over = false;
  void started.ended.then(() => {
    over = true;
  });
  const hasNodes = (await nodesOf(home, record)).some(({ starts }) => starts);
  for (const until = clock.now() + startBound; clock.now() < until; await clock.sleep(50, signal)) {
    if ((await answeringNode(host, record, nodeUrl(balancer), signal)) !== undefined) return true;
    // Without a node it has nobody to answer for.
    if (!hasNodes && !over && !(await host.ports.isFree(balancer.port))) return true;
    if (over) break;
  }
  signal.throwIfAborted();
  if (over && !(await host.ports.isFree(balancer.port))) return false;
  // Every node may be drained: then there is nobody to answer, and that is as it should be.
  if (!over) return true;
  const lines = ((await home.read(log)) ?? '').trim().split('\n').slice(-10);
  throw new Failure('failed', `the balancer did not start:\n${lines.join('\n')}`);
}
