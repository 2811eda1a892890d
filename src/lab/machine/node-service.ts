import type { Clock } from '../../ports/clock.js';
import type { Folder } from '../../ports/folder.js';
import type { Processes, Program } from '../../ports/processes.js';
import type { NodeSettings } from '../node/settings.js';
import { endProcesses, findLabProcesses } from '../processes.js';
import { labPaths, nodeRunFile, readRecord, simulatedVersion } from '../record.js';
import { labConnectionString } from './connection-string.js';
import { type MachineDisk, unitName } from './disk.js';
import { oneAtATime } from './one-at-a-time.js';

export interface ServiceSurroundings {
  readonly home: Folder;
  readonly processes: Processes;
  readonly clock: Clock;
  readonly programs: { readonly node: Program };
  readonly tell: (line: string) => void;
}

export type Started = 'started' | 'no-unit' | 'masked' | 'failed';

/** Milliseconds that a node has to end when it is asked to, before it is killed. */
const stopBound = 30_000;

/**
 * Starts, stops and watches the process of a machine's node. The process is nobody's child in the end: it goes on when
 * this one ends, and is found again by its command line.
 */
export function nodeService(machine: string, disk: MachineDisk, surroundings: ServiceSurroundings) {
  const { home, processes, clock, programs, tell } = surroundings;
  let running: { readonly pid: number; isAlive(): Promise<boolean> } | undefined;
  let outcome: 'inactive' | 'failed' = 'inactive';
  const inTurn = oneAtATime();

  const found = async () => (await findLabProcesses({ home, processes, programs })).get(nodeRunFile(machine)) ?? [];

  async function isRunning(): Promise<boolean> {
    if (running === undefined) return false;
    if (await running.isAlive()) return true;
    running = undefined;
    return false;
  }

  async function start(): Promise<Started> {
    if (await isRunning()) return 'started';
    const [unit, instance, record] = await Promise.all([disk.unit.read(), disk.instance.read(), readRecord(home)]);
    if (unit === undefined) return 'no-unit';
    if (unit.masked !== 'no') return 'masked';
    const directory = home.pathOf(labPaths.database);
    const index = record?.machines.findIndex(({ name }) => name === machine) ?? -1;
    const place = record?.machines[index];
    const isConfigured = instance?.name === unit.instance && instance.database === labConnectionString(directory);
    if (record === undefined || place === undefined || !isConfigured) {
      outcome = 'failed';
      return 'failed';
    }
    const settings: NodeSettings = {
      home: home.path,
      lab: record.id,
      installationId: record.installationId,
      name: instance.nodeName,
      cap: instance.taskCap,
      port: place.port,
      version: (await disk.version.read()) ?? simulatedVersion,
      share: home.pathOf(disk.mounts.share),
      database: { engine: 'sqlite', directory: home.pathOf(disk.mounts.database) },
      intervals: record.intervals,
      stagger: index / record.machines.length,
    };
    const file = `${labPaths.run}/${nodeRunFile(machine)}`;
    await home.write(file, JSON.stringify(settings));
    const { file: program, args } = programs.node;
    const log = home.pathOf(`${labPaths.logs}/${machine}.log`);
    const { pid, ended } = await processes.start({ file: program, args: [...args, home.pathOf(file)] }, log);
    let over = false;
    void ended.then((code) => {
      over = true;
      outcome = code === 0 ? 'inactive' : 'failed';
    });
    running = { pid, isAlive: async () => !over };
    return 'started';
  }

  async function stop(signal: AbortSignal): Promise<void> {
    const { killed } = await endProcesses({ processes, clock }, await found(), stopBound, signal);
    if (killed > 0) tell(`${machine}: the node did not end when it was asked to, and was killed`);
    running = undefined;
    outcome = 'inactive';
  }

  async function keep(): Promise<void> {
    if (await isRunning()) return;
    const [unit, watchdog] = await Promise.all([disk.unit.read(), disk.watchdog.read()]);
    if (unit === undefined || unit.masked !== 'no') return;
    const hasFailed = outcome === 'failed' && unit.restart === 'on-failure';
    if (!hasFailed && (watchdog === undefined || unit.enabled === 'no')) return;
    tell(`${machine}: ${unitName} is ${outcome}, and is started again`);
    await start();
  }

  return {
    isRunning,
    start: () => inTurn(start),
    /** Done when it has ended. */
    stop: (signal: AbortSignal) => inTurn(() => stop(signal)),
    /** Starts it where it should run and does not: by Octopus' watchdog, or as a unit that is to be started again. */
    keep: () => inTurn(keep),
    /** What becomes of it when its machine starts anew. */
    cycle: (away: () => Promise<void>, signal: AbortSignal) =>
      inTurn(async () => {
        await stop(signal);
        await away();
        if (((await disk.unit.read())?.enabled ?? 'no') !== 'no') await start();
      }),
    /** How it ended, while it does not run. */
    get outcome() {
      return outcome;
    },
    get pid() {
      return running?.pid;
    },
    /** Takes over a process that an earlier one of this program has started. */
    async adopt(): Promise<void> {
      const [one] = await found();
      if (one === undefined) return;
      running = {
        pid: one.pid,
        async isAlive() {
          const alive = await processes.isAlive(one);
          // Nobody is told how it ended.
          if (!alive) outcome = 'failed';
          return alive;
        },
      };
    },
  };
}

export type NodeService = ReturnType<typeof nodeService>;
