import { simulatedVersion } from '../../record.js';
import type { InstanceCommand, OctopusMachine, ServerCommand } from './command.js';
import { Complaint, type Flags } from './flags.js';

const defaultInstance = 'OctopusServer';

/** Gives a command the instance that it is meant for. */
export function ofInstance({ flags: kinds, run }: InstanceCommand): ServerCommand {
  return {
    flags: kinds,
    async run(flags, machine, signal) {
      const instance = await machine.disk.instance.read();
      const wanted = flags.get('instance');
      if (instance === undefined) {
        throw new Complaint(
          'There are no instances of OctopusServer configured on this machine. Please run the setup wizard, configure an instance using the command-line interface, or specify a configuration file',
        );
      }
      if (wanted !== undefined && wanted.toLowerCase() !== instance.name.toLowerCase()) {
        throw new Complaint(
          `Instance ${wanted} of OctopusServer has not been configured on this machine. Available instances: ${instance.name}.`,
        );
      }
      return await run(flags, { ...machine, instance }, signal);
    },
  };
}

const configurationFile = ({ disk }: OctopusMachine, name: string): string => `${disk.root}/Octopus/${name}.config`;

export const createInstance: ServerCommand = {
  flags: { home: 'value', serverNodeName: 'value' },
  async run(flags, machine) {
    const { disk, name: machineName, record } = machine;
    const name = flags.get('instance') ?? defaultInstance;
    const there = await disk.instance.read();
    if (there !== undefined) {
      const why =
        there.name.toLowerCase() === name.toLowerCase() ? '' : ': a machine of the lab has room for one instance';
      throw new Complaint(`Instance ${there.name} already exists on this machine${why}.`);
    }
    const place = record.machines.find((one) => one.name === machineName);
    await disk.instance.write({
      name,
      nodeName: flags.get('serverNodeName') ?? machineName,
      home: flags.get('home') ?? '/octopus',
      database: null,
      taskCap: place?.cap ?? 5,
      configured: {},
    });
    return `Saving instance: ${name}\nConfiguration file: ${configurationFile(machine, name)}`;
  },
};

export const deleteInstance = ofInstance({
  flags: {},
  async run(_flags, { disk, service, instance }) {
    if (await service.isRunning()) {
      throw new Complaint(`The service of instance ${instance.name} is running: stop and uninstall it first.`);
    }
    await disk.instance.remove();
    return `Deleted instance: ${instance.name}`;
  },
});

export const listInstances: ServerCommand = {
  flags: { format: 'value' },
  async run(flags, machine) {
    const instance = await machine.disk.instance.read();
    const found = instance === undefined ? [] : [instance.name];
    if (!isJson(flags))
      return found
        .map((name) => `Instance '${name}' uses configuration '${configurationFile(machine, name)}'.`)
        .join('\n');
    return JSON.stringify(
      found.map((name) => ({ InstanceName: name, ConfigurationFilePath: configurationFile(machine, name) })),
      null,
      2,
    );
  },
};

export const version: ServerCommand = {
  flags: { format: 'value' },
  async run(flags, { disk }) {
    const installed = (await disk.version.read()) ?? simulatedVersion;
    return isJson(flags) ? JSON.stringify({ Version: installed }) : installed;
  },
};

export const isJson = (flags: Flags): boolean => /^json/i.test(flags.get('format') ?? '');
