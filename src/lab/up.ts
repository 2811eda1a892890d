import { answersText } from '../configuration/answers.js';
import { Failure } from '../errors.js';
import { labAnswers } from './answers.js';
import { type BalancerWish, chooseBalancer, ensureBalancer } from './balancers.js';
import { prepareDatabase } from './database.js';
import type { LabHost } from './host.js';
import { labIntervals } from './intervals.js';
import { lockLab } from './lock.js';
import { type LabLook, lookAtLab } from './look.js';
import { ensureMachines, prepareMachines } from './machines.js';
import { nodesOf, processesOfNode, startNode } from './nodes.js';
import { findLabProcesses } from './processes.js';
import { isOwnFile, type LabRecord, labPaths, readRecord, writeRecord } from './record.js';
import { sharedParts } from './told-by-octopus.js';

export interface UpOptions {
  /** `undefined` leaves a lab that is there as it is, and means three for a new one. */
  readonly nodes: number | undefined;
  /** With those of the nodes; as many as nodes where it is left out. */
  readonly machines?: number | undefined;
  /** Whether new machines start their nodes again that have stopped; they do where nothing else was said before. */
  readonly watched?: boolean | undefined;
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
  const { database, logs, run, ssh } = labPaths;
  for (const directory of [database, logs, run, ssh]) await home.makeDirectory(directory);
  if (!(await home.read(labPaths.apiKey))) await home.write(labPaths.apiKey, newApiKey(host));
  for (const part of sharedParts) {
    await home.makeDirectory(`${labPaths.share}/${part}`);
  }
  for (let attempt = 1; ; attempt++) {
    await writeRecord(home, record);
    await prepareMachines(host, record);
    await home.write(labPaths.masterKey, record.masterKey);
    await home.write(labPaths.answers, answersText(labAnswers(home, record)));
    await using octopus = host.openDatabase(home.pathOf(labPaths.database), { create: true });
    await prepareDatabase(host, octopus, record, signal);
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
  const taken = [...(await ensureMachines(host, record, signal))];
  if (taken.length > 0) return taken;
  const running = await findLabProcesses(host);
  const missing = (await nodesOf(host.home, record)).filter(
    ({ machine, starts }) => starts && processesOfNode(running, machine.name).length === 0,
  );
  const waiting = [...missing];
  const startNext = async (): Promise<void> => {
    for (let node = waiting.shift(); node !== undefined; node = waiting.shift()) {
      if (await startNode(host, record, node, signal)) tell(`${node.name} is up`);
      else taken.push(node.machine.port);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, startNext));
  if (taken.length > 0) return taken;
  return (await ensureBalancer(host, record, signal)) ? [] : [record.balancer?.port ?? 0];
}

async function planLab(host: LabHost, options: UpOptions): Promise<LabRecord> {
  const { balancer, cap, watched = true } = options;
  const wanted = missing([], { ...options, nodes: options.nodes ?? 3 });
  if (wanted.machines === 0) {
    throw new Failure('usage', 'a lab has at least one machine', { hint: 'Say how many: --machines 3' });
  }
  const [balancerPort = 0, ...ports] = await host.ports.free(1 + 2 * wanted.machines);
  return {
    id: host.newId(),
    installationId: host.newId(),
    masterKey: host.newSecret(16),
    watched,
    machines: newMachines(0, wanted, cap, ports),
    balancer: await chooseBalancer(host, balancer, balancerPort),
    intervals: labIntervals,
  };
}

/** The lab that is there, with the nodes and machines that are wanted besides. */
async function extend(host: LabHost, record: LabRecord, options: UpOptions): Promise<LabRecord> {
  const { nodes, machines, watched = record.watched, balancer, cap } = options;
  const there = record.machines;
  const kind = record.balancer?.kind ?? 'none';
  if (balancer !== 'auto' && balancer !== kind) throw other(`balancer ${kind}`);
  if (nodes !== undefined && nodes < withNodes(there)) throw other(`${withNodes(there)} nodes`);
  if (machines !== undefined && machines < there.length) throw other(`${there.length} machines`);
  const wanted = missing(there, options);
  const ports = await host.ports.free(2 * wanted.machines);
  return { ...record, watched, machines: [...there, ...newMachines(there.length, wanted, cap, ports)] };
}

const withNodes = (machines: LabRecord['machines']): number => machines.filter(({ installed }) => installed).length;

interface Missing {
  /** Those with a node among them. */
  readonly machines: number;
  readonly nodes: number;
}

function missing(there: LabRecord['machines'], { nodes = 0, machines = 0 }: UpOptions): Missing {
  const missingNodes = Math.max(0, nodes - withNodes(there));
  return { nodes: missingNodes, machines: Math.max(missingNodes, machines - there.length) };
}

/** Those with a node come first. All are called as the node that they have, or may have one day. */
const newMachines = (there: number, { machines, nodes }: Missing, cap: number, ports: readonly number[]) =>
  Array.from({ length: machines }, (_, i) => ({
    name: `node-${there + i + 1}`,
    ssh: ports[2 * i] ?? 0,
    port: ports[2 * i + 1] ?? 0,
    cap,
    installed: i < nodes,
  }));

const other = (what: string) =>
  new Failure('usage', `the lab that is there has ${what}`, { hint: 'Take it down first with: octo-ha lab down' });

async function withOtherPorts(host: LabHost, record: LabRecord, taken: readonly number[]): Promise<LabRecord> {
  const fresh = [...(await host.ports.free(taken.length))];
  const another = (port: number): number => (taken.includes(port) ? (fresh.shift() ?? port) : port);
  return {
    ...record,
    machines: record.machines.map((one) => ({ ...one, ssh: another(one.ssh), port: another(one.port) })),
    balancer: record.balancer && { ...record.balancer, port: another(record.balancer.port) },
  };
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
