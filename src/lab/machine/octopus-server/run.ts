import type { Said } from '../systemctl.js';
import type { OctopusMachine, ServerCommand } from './command.js';
import { configure, path, showConfiguration } from './configuration.js';
import { database, showMasterKey } from './database.js';
import { Complaint, commonFlags, parseFlags } from './flags.js';
import { createInstance, deleteInstance, listInstances, version } from './instances.js';
import { node } from './node.js';
import { service, watchdog } from './service.js';

const commands: Readonly<Record<string, ServerCommand>> = {
  node,
  path,
  database,
  'create-instance': createInstance,
  'delete-instance': deleteInstance,
  'list-instances': listInstances,
  configure,
  service,
  watchdog,
  'show-master-key': showMasterKey,
  'show-configuration': showConfiguration,
  version,
};

/** Runs one call of `Octopus.Server`, with the commands and flags of the real one that a cluster is set up with. */
export async function octopusServer(
  argv: readonly string[],
  machine: OctopusMachine,
  signal: AbortSignal,
): Promise<Said> {
  const [name = '', ...rest] = argv;
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) {
    const known = Object.keys(commands).toSorted().join(', ');
    return refused(`Command '${name}' is not supported. The lab knows ${known}.`);
  }
  try {
    const flags = parseFlags(rest, { ...commonFlags, ...command.flags });
    const printed = await command.run(flags, machine, signal);
    return { exitCode: 0, stdout: printed === '' ? '' : `${printed}\n`, stderr: '' };
  } catch (error) {
    if (error instanceof Complaint) return refused(error.message);
    throw error;
  }
}

const refused = (message: string): Said => ({ exitCode: 1, stdout: '', stderr: `${message}\n` });
