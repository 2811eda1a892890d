import { Failure } from '../errors.js';
import type { LabHost } from './host.js';
import { labConnectionString } from './machine/connection-string.js';
import { controlFile, syncMachines } from './machine/control.js';
import { machineDisk, unitName } from './machine/disk.js';
import { ownProgram, ownPrograms } from './machine/own-programs.js';
import type { MachinesSettings } from './machine/settings.js';
import { findLabProcesses, type LabProcesses, leaderOf } from './processes.js';
import { type LabRecord, labPaths, type MachineRecord } from './record.js';
import { ensureClientKey, writeSshFiles } from './ssh-files.js';

const settingsFile = 'machines.json';
const log = `${labPaths.logs}/machines.log`;

/** Milliseconds until the process of the machines must answer. */
const startBound = 30_000;

/** The instance that a machine comes with; Octopus' own name for the default one. */
const installedInstance = 'OctopusServer';

/** Makes whatever is missing of the machines' disks, and the keys to enter them by. */
export async function prepareMachines(host: LabHost, record: LabRecord): Promise<void> {
  await ensureClientKey(host);
  for (const machine of record.machines) await makeMachine(host, record, machine);
  await writeSshFiles(host, record);
}

async function makeMachine(host: LabHost, { watched }: LabRecord, machine: MachineRecord): Promise<void> {
  const { home, newId, newSshKey } = host;
  const { name, cap, installed } = machine;
  const disk = machineDisk(home, name);
  for (const directory of [disk.bin, disk.octopus, disk.records]) await home.makeDirectory(directory);
  // octo-ha may have been installed elsewhere since.
  await writePrograms(host, machine);
  await home.link(disk.mounts.share, home.pathOf(labPaths.share));
  await home.link(disk.mounts.database, home.pathOf(labPaths.database));
  await home.link(disk.log, home.pathOf(`${labPaths.logs}/${name}.log`));
  // Written last: a machine without it was not finished.
  if ((await disk.bootId.read()) !== undefined) return;
  await disk.hostKey.write(await newSshKey());
  if (installed) {
    await disk.instance.write({
      name: installedInstance,
      nodeName: name,
      home: '/octopus',
      database: labConnectionString(home.pathOf(labPaths.database)),
      taskCap: cap,
      configured: { clusterShared: home.pathOf(labPaths.share) },
    });
    const restart = watched ? 'on-failure' : 'no';
    await disk.unit.write({ instance: installedInstance, enabled: 'yes', masked: 'no', restart });
    if (watched) await disk.watchdog.write({ interval: 5 });
  }
  await disk.bootId.write(newId());
}

/** What stands on the machine for systemd, Octopus Server and sudo: whoever logs in may do everything there. */
async function writePrograms({ home, programs }: LabHost, { name }: MachineRecord): Promise<void> {
  const disk = machineDisk(home, name);
  const { file, args } = programs['machine-command'];
  const asks = (program: string) => {
    const words = [file, ...args, home.path, name, program].map(quoted);
    return `#!/bin/sh\nexec ${words.join(' ')} "$@"\n`;
  };
  const octopusServer = asks('Octopus.Server');
  await home.writeProgram(`${disk.bin}/systemctl`, asks('systemctl'));
  await home.writeProgram(`${disk.bin}/Octopus.Server`, octopusServer);
  await home.writeProgram(`${disk.octopus}/Octopus.Server`, octopusServer);
  const paths = [
    { from: home.pathOf(labPaths.share), to: home.pathOf(disk.mounts.share) },
    { from: home.pathOf(labPaths.database), to: home.pathOf(disk.mounts.database) },
    ...['/octopus', '/home/octopus'].map((from) => ({ from, to: `${disk.root}${from}` })),
  ];
  for (const [name, program] of Object.entries(ownPrograms)) {
    await home.writeProgram(`${disk.bin}/${name}`, ownProgram(program, paths));
  }
  await home.writeProgram(`${disk.bin}/sudo`, '#!/bin/sh\n[ "$1" != -n ] || shift\nexec "$@"\n');
}

const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

/** Starts the process of the machines, or has a running one take the record as it is. Answers with the ports taken. */
export async function ensureMachines(
  host: LabHost,
  record: LabRecord,
  signal: AbortSignal,
): Promise<readonly number[]> {
  const { home, processes, programs, clock } = host;
  const dying = new AbortController();
  if (leaderOf(processesOfMachines(await findLabProcesses(host))) === undefined) {
    const settings: MachinesSettings = { home: home.path, lab: record.id, node: programs.node };
    const file = `${labPaths.run}/${settingsFile}`;
    await home.write(file, JSON.stringify(settings));
    await home.remove(controlFile);
    const program = programs.machines;
    const words = [...program.args, home.pathOf(file)];
    const { ended } = await processes.start({ file: program.file, args: words }, home.pathOf(log));
    void ended.then(() => dying.abort(new Error('their process has ended')));
  }
  try {
    return await syncMachines(host, clock, startBound, AbortSignal.any([signal, dying.signal]));
  } catch (error) {
    signal.throwIfAborted();
    const lines = ((await home.read(log)) ?? '').trim().split('\n').slice(-10);
    throw new Failure('failed', `the machines did not start: ${(error as Error).message}\n${lines.join('\n')}`, {
      cause: error,
    });
  }
}

export const processesOfMachines = (found: LabProcesses) => found.get(settingsFile) ?? [];

/** How each machine's service is called where octo-ha is told of it. */
export const machineAddress = async ({ home }: LabHost, { name }: MachineRecord, instance: string) => ({
  host: name,
  manager: 'systemd' as const,
  service: unitName,
  instance,
  hostKeys: [(await machineDisk(home, name).hostKey.read())?.fingerprint ?? ''],
});
