import * as z from 'zod/mini';
import { Failure } from '../errors.js';
import type { Folder } from '../ports/folder.js';
import { labIntervalsSchema } from './intervals.js';

/** Where things are in a lab's directory. */
export const labPaths = {
  record: 'lab.json',
  lock: 'lab.lock',
  database: 'database',
  /** The key of the nodes' API. */
  apiKey: 'api-key',
  share: 'share',
  logs: 'logs',
  /** What the lab's processes are started with. A process whose command line names a file in it is the lab's. */
  run: 'run',
  /** The master key of the cluster, for whoever sets machines up. */
  masterKey: 'master-key',
  /** Answers for `octo-ha init`, which make a cluster of the machines. */
  answers: 'answers.yaml',
  /** What the simulated machines have on their disks, a directory each. */
  machines: 'machines',
  /** The key that the machines let in, and the configuration for ssh. */
  ssh: 'ssh',
} as const;

/** Whether a file in a lab's directory is the lab's own, one that a killed command has half written included. */
export const isOwnFile = (name: string): boolean =>
  (Object.values(labPaths) as string[]).includes(name.replace(/\.\d+\.new$/, ''));

const port = z.number().check(z.int(), z.minimum(1), z.maximum(65_535));

const machineRecord = z.object({
  name: z.string(),
  /** Where its SSH server listens. */
  ssh: port,
  /** Where its node answers, once it has one. */
  port,
  /** The task cap with which its node registers itself. */
  cap: z.number(),
  /** It came with a node; one without is for setting up. What it has now is on its own disk. */
  installed: z.boolean(),
});

const balancerRecord = z.object({
  kind: z.enum(['haproxy', 'own']),
  port,
  /** The program's whole path. */
  program: z.string(),
});

const record = z.object({
  /** Tells this lab from an earlier one in the same directory. */
  id: z.string(),
  installationId: z.string(),
  /** What every node has to be given to join the cluster. */
  masterKey: z.string(),
  /** Whether machines that come with a node start it again by themselves when it has stopped. */
  watched: z.boolean(),
  machines: z.array(machineRecord),
  balancer: z.nullable(balancerRecord),
  intervals: labIntervalsSchema,
});

/** What a lab is to be. Its processes read it too, and end when it is gone or does not name them. */
export type LabRecord = z.infer<typeof record>;
export type MachineRecord = z.infer<typeof machineRecord>;
export type BalancerRecord = z.infer<typeof balancerRecord>;

/** The record of the lab in this directory; `undefined` where there is none. */
export async function readRecord(home: Folder): Promise<LabRecord | undefined> {
  const text = await home.read(labPaths.record);
  if (text === undefined) return undefined;
  try {
    return record.parse(JSON.parse(text));
  } catch (error) {
    throw new Failure('failed', `${home.pathOf(labPaths.record)} cannot be understood`, {
      hint: 'Take the lab down, and up again: octo-ha lab down',
      cause: error,
    });
  }
}

export const writeRecord = (home: Folder, value: LabRecord): Promise<void> =>
  home.write(labPaths.record, `${JSON.stringify(record.parse(value), null, 2)}\n`);

export const nodeUrl = ({ port }: Pick<MachineRecord, 'port'>): string => `http://127.0.0.1:${port}`;

export const nodeId = (name: string): string => `OctopusServerNodes-${name}`;

/** The version that the simulated nodes claim to be. */
export const simulatedVersion = '2025.4.1000';

/** The file in `run` that the process of a machine's node is started with. */
export const nodeRunFile = (machine: string): string => `${machine}.json`;
