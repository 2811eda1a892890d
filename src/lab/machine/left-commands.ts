import type { LabHost } from '../host.js';
import { endProcesses } from '../processes.js';
import { labPaths } from '../record.js';
import { machineVariable } from './own-view.js';

/** Milliseconds for what runs on a machine to end when it is told to. */
const patience = 1_000;

type Surroundings = Pick<LabHost, 'home' | 'processes' | 'clock'>;

/** Ends what was started on one machine over SSH, or on all of them, and has outlived its connection. */
export async function endCommands(
  { home, processes, clock }: Surroundings,
  signal: AbortSignal,
  disk?: string,
): Promise<number> {
  const all = home.pathOf(labPaths.machines);
  const left = await processes.withVariable(machineVariable, (value) =>
    disk === undefined ? value.startsWith(all) : value === disk,
  );
  await endProcesses({ processes, clock }, left, patience, signal);
  return left.length;
}
