import { Failure } from '../errors.js';
import type { LabHost } from './host.js';
import type { NodeSettings } from './node/settings.js';
import { endProcesses, findLabProcesses } from './processes.js';
import { type LabRecord, labPaths, type NodeRecord, nodeUrl, simulatedVersion } from './record.js';

/** Milliseconds a node may take to answer; twenty of them start on two cores. */
const startBound = 60_000;

const settingsFile = (name: string) => `${name}.json`;

/** Starts one node and waits until it answers. `false` when somebody else has its port. */
export async function startNode(
  host: LabHost,
  record: LabRecord,
  node: NodeRecord,
  signal: AbortSignal,
): Promise<boolean> {
  const { home, processes, programs, clock } = host;
  const settings: NodeSettings = {
    home: home.path,
    lab: record.id,
    installationId: record.installationId,
    name: node.name,
    cap: node.cap,
    port: node.port,
    version: simulatedVersion,
    database: { engine: 'sqlite', directory: home.pathOf(labPaths.database) },
    intervals: record.intervals,
    stagger: record.nodes.indexOf(node) / record.nodes.length,
  };
  const file = `${labPaths.run}/${settingsFile(node.name)}`;
  const log = `${labPaths.logs}/${node.name}.log`;
  await home.write(file, JSON.stringify(settings));
  const { file: program, args } = programs.node;
  const started = await processes.start({ file: program, args: [...args, home.pathOf(file)] }, home.pathOf(log));
  let over = false;
  void started.ended.then(() => {
    over = true;
  });
  for (const until = clock.now() + startBound; clock.now() < until; await clock.sleep(50, signal)) {
    if ((await answeringNode(host, record, nodeUrl(node), signal)) === node.name) return true;
    if (over) break;
  }
  signal.throwIfAborted();
  if (over && !(await host.ports.isFree(node.port))) return false;
  const lines = ((await home.read(log)) ?? '').trim().split('\n').slice(-10);
  throw new Failure('failed', `${node.name} did not start:\n${lines.join('\n')}`, {
    hint: `Its log is ${home.pathOf(log)}. Take the lab down with: octo-ha lab down`,
  });
}

/** The name of the node of this lab that answers at an address, itself or behind a balancer. */
export async function answeringNode(
  { http }: Pick<LabHost, 'http'>,
  { installationId }: LabRecord,
  url: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const answer = await http.send({ url: new URL('/api', url).href, timeout: 2_000 }, signal).catch(() => undefined);
  // Another lab's node may have taken the port, and may have the same name.
  const ours = answer?.status === 200 && answer.body.includes(JSON.stringify(installationId));
  return ours ? answer.headers['octopus-node'] : undefined;
}

/** Ends one node: in good order, as a service that is stopped, or at once, as by a power cut. */
export async function stopNode(
  host: LabHost,
  name: string,
  how: 'stop' | 'kill',
  signal: AbortSignal,
): Promise<boolean> {
  const running = (await findLabProcesses(host)).get(settingsFile(name)) ?? [];
  if (how === 'kill') for (const one of running) await host.processes.signal(one, 'kill');
  await endProcesses(host, running, 10_000, signal);
  return running.length > 0;
}

/** Processes of a node. */
export const processesOfNode = (found: Awaited<ReturnType<typeof findLabProcesses>>, name: string) =>
  found.get(settingsFile(name)) ?? [];
