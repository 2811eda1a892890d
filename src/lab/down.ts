import type { LabHost } from './host.js';
import { lockLab } from './lock.js';
import { endCommands } from './machine/left-commands.js';
import { processesOfMachines } from './machines.js';
import { endProcesses, findLabProcesses } from './processes.js';
import { isOwnFile, labPaths } from './record.js';

export interface TakenDown {
  /** Processes that ran. */
  readonly processes: number;
  /** How many of them did not end when they were asked to. */
  readonly killed: number;
  /** Whether there were files of a lab. */
  readonly existed: boolean;
}

/** Milliseconds for requests that are under way. */
const patience = 5_000;

/** Ends every process of the lab and removes all its files, whatever state it is in. Run again, it finds nothing. */
export async function takeDown(host: LabHost, signal: AbortSignal): Promise<TakenDown> {
  const { home } = host;
  const existed = (await home.list()).some(isOwnFile);
  if (!existed && (await findLabProcesses(host)).size === 0) return { processes: 0, killed: 0, existed };

  await using _lock = await lockLab(host);
  // The machines first, which would start again what ends.
  const machines = processesOfMachines(await findLabProcesses(host));
  const first = await endProcesses(host, machines, patience, signal);
  const running = [...(await findLabProcesses(host)).values()].flat();
  const second = await endProcesses(host, running, patience, signal);
  const killed = first.killed + second.killed;
  await endCommands(host, signal);
  for (const name of await home.list()) if (isOwnFile(name) && name !== labPaths.lock) await home.remove(name);
  await home.remove(labPaths.lock);
  await home.removeItself();
  return { processes: machines.length + running.length, killed, existed };
}
