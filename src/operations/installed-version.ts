import { Failure } from '../errors.js';
import type { Cluster } from './cluster.js';
import type { NodeMachine } from './machine/node-machine.js';
import { survey } from './machine/survey.js';

interface Starting {
  readonly cluster: Cluster;
  readonly node: { readonly name: string };
  readonly machine: NodeMachine;
  /** Versions that the other nodes run. */
  readonly versions: readonly string[];
}

/**
 * Before a start: a node whose installed version differs from the running ones' must not join them, since that is an
 * upgrade of the cluster, which is an outage. Where the machine does not tell, the version is judged after the start.
 */
export async function mustBeVersionOf(
  { cluster, node, machine, versions }: Starting,
  signal: AbortSignal,
): Promise<void> {
  if (versions.length === 0) return;
  const { version } = await survey(machine.machine, cluster.octopusServerOn(node.name), [], signal);
  if (version !== undefined) mustNotDiffer(node.name, version, versions);
}

/** Rejects where a node runs, or would run, another version than the others. */
export function mustNotDiffer(name: string, version: string, versions: readonly string[]): void {
  const others = [...new Set(versions)];
  if (others.length === 0 || others.includes(version)) return;
  throw new Failure(
    'partial',
    `${name} has Octopus Server ${version} installed, and the cluster runs ${others.join(', ')}; it is not started beside them`,
    {
      hint: 'A version is changed on all nodes together, which is an outage: https://octopus.com/docs/administration/upgrading',
    },
  );
}
