import { Failure } from '../errors.js';
import { octopusServerProgram, runOwnCommand } from './machine/service-control.js';
import type { MachineMeans } from './machine-control.js';

/**
 * Before a start: a node whose installed version differs from the running ones' must not join them, since that is an
 * upgrade of the cluster, which is an outage. Where the machine does not tell, the version is judged after the start.
 */
export async function mustBeVersionOf(
  { running, node, machine, cluster, versions }: MachineMeans,
  signal: AbortSignal,
): Promise<void> {
  if (versions.length === 0 || running.came(node, 'start-service') !== undefined) return;
  const words = versionWords(machine, cluster.octopusServerOn(node.name));
  const { version } = await running.learn(
    { node, action: 'read-version' },
    async (id) => {
      const { exitCode, output } = await runOwnCommand(machine.machine, id, { words }, signal);
      return { version: exitCode === 0 ? (/\d+\.\d+\.\d+\S*/.exec(output)?.[0] ?? null) : null };
    },
    signal,
  );
  if (typeof version !== 'string') return;
  mustNotDiffer(node.name, version, versions);
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

function versionWords({ machine: { service } }: MachineMeans['machine'], program: string | undefined): string[] {
  const command = [octopusServerProgram(service.manager, program), 'version'];
  return service.manager === 'docker' ? ['docker', 'exec', service.name, ...command] : command;
}
