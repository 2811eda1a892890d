import type { RunningProcess } from '../ports/processes.js';
import type { LabHost } from './host.js';
import { labPaths } from './record.js';

/** The lab's processes, each by the settings file that it was started with: `node-1.json`, `haproxy.cfg`. */
export type LabProcesses = ReadonlyMap<string, readonly RunningProcess[]>;

/**
 * What runs of this lab, told by the command lines and not by numbers that were written down: nothing is missed that
 * was started by a command that was killed, and nothing is taken for the lab's that is not.
 */
export async function findLabProcesses({
  home,
  processes,
  programs,
}: Pick<LabHost, 'home' | 'processes'> & {
  readonly programs: Pick<LabHost['programs'], 'node'>;
}): Promise<LabProcesses> {
  const directory = ` ${home.pathOf(labPaths.run)}`;
  const found = new Map<string, RunningProcess[]>();
  for (const { commandLine, ...running } of await processes.find(directory)) {
    const isProgram =
      commandLine.startsWith(`${programs.node.file} `) || /^\S*\b(node|haproxy)(\.exe)? /.test(commandLine);
    const [, file] = commandLine.slice(commandLine.indexOf(directory) + directory.length).match(/^[\\/](\S+)/) ?? [];
    if (isProgram && file !== undefined) found.set(file, [...(found.get(file) ?? []), running]);
  }
  return found;
}

/** Of processes that belong together, the one that started the others. */
export const leaderOf = (together: readonly RunningProcess[]): RunningProcess | undefined =>
  together.find(({ parent }) => !together.some(({ pid }) => pid === parent));

/** Between two looks at whether something has ended. */
const look = 50;

/** Asks processes to end, and ends those that still run when `patience` is over; resolves when all are gone. */
export async function endProcesses(
  { processes, clock }: Pick<LabHost, 'processes' | 'clock'>,
  running: readonly RunningProcess[],
  patience: number,
  signal: AbortSignal,
): Promise<{ readonly killed: number }> {
  const areGone = async (): Promise<boolean> => {
    const alive = await Promise.all(running.map((one) => processes.isAlive(one)));
    return !alive.includes(true);
  };
  const wait = async (milliseconds: number): Promise<boolean> => {
    for (const until = clock.now() + milliseconds; clock.now() < until; await clock.sleep(look, signal)) {
      if (await areGone()) return true;
    }
    return await areGone();
  };

  for (const one of running) await processes.signal(one, 'end');
  if (await wait(patience)) return { killed: 0 };
  const left: RunningProcess[] = [];
  for (const one of running) if (await processes.isAlive(one)) left.push(one);
  for (const one of left) await processes.signal(one, 'kill');
  if (!(await wait(patience))) throw new Error(`${left.map(({ pid }) => pid).join(', ')} cannot be ended`);
  return { killed: left.length };
}
