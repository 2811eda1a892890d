import { Failure } from '../errors.js';
import { processesOfBalancer } from './balancers.js';
import type { LabHost } from './host.js';
import type { LabIntervals } from './intervals.js';
import { processesOfNode } from './nodes.js';
import { findLabProcesses, leaderOf } from './processes.js';
import { type LabRecord, labPaths, nodeUrl, readRecord } from './record.js';

/** What there is of a lab. */
export interface LabLook {
  readonly home: string;
  readonly database: { readonly engine: 'sqlite'; readonly directory: string };
  readonly share: string;
  /** Octopus' REST API, and the file with its key. */
  readonly api: { readonly url: string; readonly keyFile: string } | null;
  readonly nodes: readonly {
    readonly name: string;
    readonly url: string;
    /** `null` when it does not run. */
    readonly pid: number | null;
  }[];
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
  const running = await findLabProcesses(host);
  const door = record.balancer ?? record.nodes[0];
  const pidOf = (processes: Parameters<typeof leaderOf>[0]) => leaderOf(processes)?.pid ?? null;
  return {
    home: home.path,
    database: { engine: 'sqlite', directory: home.pathOf(labPaths.database) },
    share: home.pathOf(labPaths.share),
    api: door === undefined ? null : { url: nodeUrl(door), keyFile: home.pathOf(labPaths.apiKey) },
    nodes: record.nodes.map((node) => ({
      name: node.name,
      url: nodeUrl(node),
      pid: pidOf(processesOfNode(running, node.name)),
    })),
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
