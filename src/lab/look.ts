import { Failure } from '../errors.js';
import { processesOfBalancer } from './balancers.js';
import type { LabHost } from './host.js';
import type { LabIntervals } from './intervals.js';
import { processesOfMachines } from './machines.js';
import { nodesOf, processesOfNode } from './nodes.js';
import { findLabProcesses, leaderOf } from './processes.js';
import { type LabRecord, labPaths, nodeUrl, readRecord } from './record.js';
import { sshFiles } from './ssh-files.js';

/** What there is of a lab. */
export interface LabLook {
  readonly home: string;
  readonly database: { readonly engine: 'sqlite'; readonly directory: string };
  readonly share: string;
  /** Answers for `octo-ha init`. */
  readonly answers: string;
  /** Octopus' REST API, and the file with its key. */
  readonly api: { readonly url: string; readonly keyFile: string } | null;
  readonly nodes: readonly {
    readonly name: string;
    readonly url: string;
    /** `null` when it does not run. */
    readonly pid: number | null;
  }[];
  readonly machines: readonly {
    readonly name: string;
    /** Where its SSH server listens, as `host:port`. */
    readonly ssh: string;
    /** The name of the node that is installed on it. */
    readonly node: string | null;
  }[];
  /** What reaches the machines. */
  readonly ssh: {
    readonly configuration: string;
    /** The process that all machines are in; `null` when it does not run. */
    readonly pid: number | null;
  };
  readonly balancer: {
    readonly kind: 'haproxy' | 'own';
    readonly url: string;
    readonly pid: number | null;
    readonly configuration: string | null;
  } | null;
  readonly intervals: LabIntervals;
}

export async function lookAtLab(host: LabHost, record: LabRecord): Promise<LabLook> {
  const { home } = host;
  const [running, nodes] = await Promise.all([findLabProcesses(host), nodesOf(home, record)]);
  const door = record.balancer ?? nodes[0]?.machine;
  const pidOf = (processes: Parameters<typeof leaderOf>[0]) => leaderOf(processes)?.pid ?? null;
  return {
    home: home.path,
    database: { engine: 'sqlite', directory: home.pathOf(labPaths.database) },
    share: home.pathOf(labPaths.share),
    answers: home.pathOf(labPaths.answers),
    api: door === undefined ? null : { url: nodeUrl(door), keyFile: home.pathOf(labPaths.apiKey) },
    nodes: nodes.map(({ name, machine }) => ({
      name,
      url: nodeUrl(machine),
      pid: pidOf(processesOfNode(running, machine.name)),
    })),
    machines: record.machines.map(({ name, ssh }) => ({
      name,
      ssh: `127.0.0.1:${ssh}`,
      node: nodes.find(({ machine }) => machine.name === name)?.name ?? null,
    })),
    ssh: { configuration: home.pathOf(sshFiles.config), pid: pidOf(processesOfMachines(running)) },
    balancer: record.balancer && {
      kind: record.balancer.kind,
      url: nodeUrl(record.balancer),
      pid: pidOf(processesOfBalancer(running, record)),
      configuration: record.balancer.kind === 'haproxy' ? home.pathOf(`${labPaths.run}/haproxy.cfg`) : null,
    },
    intervals: record.intervals,
  };
}

/** The lab that must be there. */
export async function requireLab(host: LabHost): Promise<LabRecord> {
  const record = await readRecord(host.home);
  if (record !== undefined) return record;
  throw new Failure('usage', `there is no lab in ${host.home.path}`, { hint: 'Start one with: octo-ha lab up' });
}
