import * as z from 'zod/mini';
import type { Folder } from '../../ports/folder.js';
import { labPaths } from '../record.js';
import { configurationFileText } from './configuration-file.js';

/** The one unit that a machine may have: Octopus Server's. */
export const unitName = 'octopus-server';

const unit = z.object({
  /** The instance of Octopus Server that it starts. */
  instance: z.string(),
  /** `runtime` lasts until the machine starts anew. */
  enabled: z.enum(['no', 'runtime', 'yes']),
  masked: z.enum(['no', 'runtime', 'yes']),
  /** Whether it is started again when it has ended by itself. */
  restart: z.enum(['no', 'on-failure']),
});

const instance = z.object({
  name: z.string(),
  /** What the node calls itself in the cluster. */
  nodeName: z.string(),
  home: z.string(),
  /** The connection string; `null` until the instance was given one. */
  database: z.nullable(z.string()),
  /** The task cap with which the node registers itself. */
  taskCap: z.number(),
  /** What was configured, by the names of the flags. */
  configured: z.record(z.string(), z.string()),
});

const hostKey = z.object({ private: z.string(), public: z.string(), fingerprint: z.string() });

export type Unit = z.infer<typeof unit>;
export type Instance = z.infer<typeof instance>;

/** Where the official container has it. */
const configurationFile = 'home/octopus/.octopus/OctopusServer/Server/Server.linux.config';

interface Kept<T> {
  read(): Promise<T | undefined>;
  write(value: T): Promise<void>;
  remove(): Promise<void>;
}

/** What a simulated machine keeps, whatever happens to it. */
export function machineDisk(home: Folder, machine: string) {
  const at = (name: string) => `${labPaths.machines}/${machine}/${name}`;

  const kept = <T>(name: string, parse: (text: string) => T, print: (value: T) => string): Kept<T> => ({
    async read() {
      const text = await home.read(at(name));
      return text === undefined ? undefined : parse(text);
    },
    write: (value) => home.write(at(name), print(value)),
    remove: () => home.remove(at(name)),
  });
  const json = <T>(name: string, schema: { parse(value: unknown): T }): Kept<T> =>
    kept(
      name,
      (text) => schema.parse(JSON.parse(text)),
      (value) => `${JSON.stringify(value, null, 2)}\n`,
    );
  const line = (name: string): Kept<string> =>
    kept(
      name,
      (text) => text.trim(),
      (value) => `${value}\n`,
    );

  const file = at(configurationFile);
  /** Octopus Server itself keeps an instance in a file, which is looked at where it is not asked. */
  const withFile = (instances: Kept<Instance>): Kept<Instance> => ({
    ...instances,
    async write(value) {
      await home.makeDirectory(file.slice(0, file.lastIndexOf('/')));
      await home.write(file, configurationFileText(value));
      await instances.write(value);
    },
    async remove() {
      await instances.remove();
      await home.remove(file);
    },
  });

  return {
    /** Where it is on this machine. */
    root: home.pathOf(at('.')),
    unit: json('unit.json', unit),
    instance: withFile(json('instance.json', instance)),
    /** The version of Octopus Server that is installed. */
    version: line('version'),
    /** Octopus' watchdog, by the minutes it was given. */
    watchdog: json('watchdog.json', z.object({ interval: z.number() })),
    /** Changes with every start of the machine. */
    bootId: line('boot_id'),
    hostKey: json('ssh_host_key.json', hostKey),
    /** Appended to at each call of a program that is the simulation's. */
    calls: at('calls.ndjson'),
    bin: at('bin'),
    /** Where octo-ha keeps its records on the machine. */
    records: at('var/lib/octo-ha'),
    /** Where Octopus Server is installed in its official container. */
    octopus: at('Octopus'),
    /** What is mounted from elsewhere. */
    mounts: { share: at('mnt/share'), database: at('mnt/database') },
    /** Where the log of the node is, for whoever looks into its home. */
    log: at('octopus/Logs/OctopusServer.txt'),
  };
}

export type MachineDisk = ReturnType<typeof machineDisk>;
