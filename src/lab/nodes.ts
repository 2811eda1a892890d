import { Failure } from '../errors.js';
import type { LabHost } from './host.js';
import { callForLab } from './machine/control.js';
import { machineDisk, unitName } from './machine/disk.js';
import { endProcesses, findLabProcesses } from './processes.js';
import { type LabRecord, labPaths, type MachineRecord, nodeRunFile, nodeUrl } from './record.js';

/** Milliseconds a node may take to answer; twenty of them start on two cores. */
const startBound = 60_000;

/** A machine that has a node, by the name that the node has in the cluster. */
export interface LabNode {
  readonly name: string;
  readonly machine: MachineRecord;
  readonly instance: string;
  /** Whether it starts with its machine. */
  readonly starts: boolean;
}

/** The nodes that are installed, as the machines' own disks have them. */
export async function nodesOf(home: LabHost['home'], { machines }: LabRecord): Promise<readonly LabNode[]> {
  const found = await Promise.all(
    machines.map(async (machine) => {
      const disk = machineDisk(home, machine.name);
      const [unit, instance] = await Promise.all([disk.unit.read(), disk.instance.read()]);
      if (unit === undefined || instance === undefined) return [];
      const starts = unit.masked === 'no' && unit.enabled !== 'no';
      return [{ name: instance.nodeName, machine, instance: instance.name, starts }];
    }),
  );
  return found.flat();
}

/** Has a machine start its node, and waits until that answers. `false` when somebody else has its port. */
export async function startNode(
  host: LabHost,
  record: LabRecord,
  node: LabNode,
  signal: AbortSignal,
): Promise<boolean> {
  const { home, clock } = host;
  const { name, machine } = node;
  const systemctl = (verb: string) =>
    callForLab(host, { machine: machine.name, program: 'systemctl', argv: [verb, unitName] }, signal);
  const { exitCode, stderr } = await systemctl('start');
  let over = exitCode !== 0;
  for (const until = clock.now() + startBound; clock.now() < until; await clock.sleep(50, signal)) {
    if ((await answeringNode(host, record, nodeUrl(machine), signal)) === name) return true;
    if (over) break;
    over = (await systemctl('is-active')).exitCode !== 0;
  }
  signal.throwIfAborted();
  if (over && !(await host.ports.isFree(machine.port))) return false;
  const log = `${labPaths.logs}/${machine.name}.log`;
  const lines = `${stderr}${(await home.read(log)) ?? ''}`.trim().split('\n').slice(-10);
  throw new Failure('failed', `${name} did not start:\n${lines.join('\n')}`, {
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

/** Ends the process of a machine's node: in good order, as a service that is stopped, or at once, as by a power cut. */
export async function stopNode(
  host: LabHost,
  machine: string,
  how: 'stop' | 'kill',
  signal: AbortSignal,
): Promise<boolean> {
  const running = (await findLabProcesses(host)).get(nodeRunFile(machine)) ?? [];
  if (how === 'kill') for (const one of running) await host.processes.signal(one, 'kill');
  await endProcesses(host, running, 10_000, signal);
  return running.length > 0;
}

/** Processes of a machine's node. */
export const processesOfNode = (found: Awaited<ReturnType<typeof findLabProcesses>>, machine: string) =>
  found.get(nodeRunFile(machine)) ?? [];
