import { Failure } from '../errors.js';
import { type BalancerWish, chooseBalancer, ensureBalancer } from './balancers.js';
import { prepareDatabase } from './database.js';
import type { LabHost } from './host.js';
import { labIntervals } from './intervals.js';
import { lockLab } from './lock.js';
import { type LabLook, lookAtLab } from './look.js';
import { processesOfNode, startNode } from './nodes.js';
import { findLabProcesses } from './processes.js';
import { isOwnFile, type LabRecord, labPaths, readRecord, writeRecord } from './record.js';

export interface UpOptions {
  /** `undefined` leaves a lab that is there as it is, and means three for a new one. */
  readonly nodes: number | undefined;
  /** Task cap of nodes that are new. */
  readonly cap: number;
  readonly balancer: BalancerWish;
  /** Says what is done while it lasts. */
  readonly tell: (line: string) => void;
}

/** Nodes that start side by side. */
const atOnce = 4;

/** Attempts to find ports that nobody takes in the meantime. */
const attempts = 3;

/** Brings a lab up, or what of it is missing. Killed at any point, it can be run again. */
export async function bringUp(host: LabHost, options: UpOptions, signal: AbortSignal): Promise<LabLook> {
  const { home } = host;
  await refuseForeign(host);
  await using _lock = await lockLab(host);
  const before = await readRecord(home);
  let record = before === undefined ? await planLab(host, options) : await extend(host, before, options);
  for (const directory of [labPaths.database, labPaths.logs, labPaths.run]) await home.makeDirectory(directory);
  if (!(await home.read(labPaths.apiKey))) await home.write(labPaths.apiKey, newApiKey(host));
  for (const part of ['Packages', 'Artifacts', 'TaskLogs', 'Imports', 'EventExports', 'Telemetry']) {
    await home.makeDirectory(`${labPaths.share}/${part}`);
  }
  for (let attempt = 1; ; attempt++) {
    await writeRecord(home, record);
    await using octopus = host.openDatabase(home.pathOf(labPaths.database), { create: true });
    await prepareDatabase(octopus, record, signal);
    const taken = await startMissing(host, record, options.tell, signal);
    if (taken.length === 0) return await lookAtLab(host, record);
    if (attempt === attempts) throw new Failure('failed', `the ports ${taken.join(', ')} are taken by somebody else`);
    record = await withOtherPorts(host, record, taken);
  }
}

/** Answers with the ports that somebody else has taken. */
async function startMissing(
  host: LabHost,
  record: LabRecord,
  tell: UpOptions['tell'],
  signal: AbortSignal,
): Promise<readonly number[]> {
  const running = await findLabProcesses(host);
  const missing = record.nodes.filter(({ name }) => processesOfNode(running, name).length === 0);
  const taken: number[] = [];
  const waiting = [...missing];
  const startNext = async (): Promise<void> => {
    for (let node = waiting.shift(); node !== undefined; node = waiting.shift()) {
      if (await startNode(host, record, node, signal)) tell(`${node.name} is up`);
      else taken.push(node.port);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, startNext));
  if (taken.length > 0) return taken;
  return (await ensureBalancer(host, record, signal)) ? [] : [record.balancer?.port ?? 0];
}

async function planLab(host: LabHost, { nodes = 3, cap, balancer }: UpOptions): Promise<LabRecord> {
  const [balancerPort = 0, ...ports] = await host.ports.free(nodes + 1);
  return {
    id: host.newId(),
    installationId: host.newId(),
    nodes: ports.map((port, i) => ({ name: `node-${i + 1}`, port, cap })),
    balancer: await chooseBalancer(host, balancer, balancerPort),
    intervals: labIntervals,
  };
}

/** The lab that is there, with the nodes that are wanted besides. */
async function extend(host: LabHost, record: LabRecord, { nodes, cap, balancer }: UpOptions): Promise<LabRecord> {
  const kind = record.balancer?.kind ?? 'none';
  if (balancer !== 'auto' && balancer !== kind) throw other(`balancer ${kind}`);
  const there = record.nodes.length;
  if (nodes !== undefined && nodes < there) throw other(`${there} nodes`);
  const ports = nodes === undefined ? [] : await host.ports.free(nodes - there);
  return {
    ...record,
    nodes: [...record.nodes, ...ports.map((port, i) => ({ name: `node-${there + i + 1}`, port, cap }))],
  };
}

const other = (what: string) =>
  new Failure('usage', `the lab that is there has ${what}`, { hint: 'Take it down first with: octo-ha lab down' });

async function withOtherPorts(host: LabHost, record: LabRecord, taken: readonly number[]): Promise<LabRecord> {
  const fresh = [...(await host.ports.free(taken.length))];
  const another = <T extends { readonly port: number }>(one: T): T =>
    taken.includes(one.port) ? { ...one, port: fresh.shift() ?? one.port } : one;
  return { ...record, nodes: record.nodes.map(another), balancer: record.balancer && another(record.balancer) };
}

const newApiKey = (host: LabHost): string => `API-${host.newId().replaceAll('-', '').toUpperCase()}`;

/** `lab down` removes a lab's directory, so it must hold nothing else. */
async function refuseForeign({ home }: LabHost): Promise<void> {
  const foreign = (await home.list()).filter((name) => !isOwnFile(name));
  if (foreign.length === 0) return;
  throw new Failure('usage', `${home.path} holds something that is not a lab's: ${foreign.slice(0, 3).join(', ')}`, {
    hint: 'Name an empty directory, or one that does not exist, in OCTO_HA_LAB_HOME.',
  });
}
