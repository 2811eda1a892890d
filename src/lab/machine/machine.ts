import type { RunningSshServer, SshServers } from '../../ports/ssh-server.js';
import type { OctopusDatabase } from '../octopus-database.js';
import { labPaths, type MachineRecord, readRecord } from '../record.js';
import { machineLogin } from '../ssh-files.js';
import { labConnectionString } from './connection-string.js';
import { machineDisk, type Unit } from './disk.js';
import { endCommands } from './left-commands.js';
import { nodeService, type ServiceSurroundings } from './node-service.js';
import { octopusServer } from './octopus-server/run.js';
import { machineVariable, onMachine } from './own-view.js';
import { type Said, systemctl } from './systemctl.js';

export interface MachineSurroundings extends ServiceSurroundings {
  readonly ssh: SshServers;
  /** The environment of what is run on a machine, beside the machine's own variables. */
  readonly environment: Readonly<Record<string, string>>;
  /** The public key that is let in. */
  readonly clientKey: string;
  openDatabase(directory: string): OctopusDatabase;
  newId(): string;
}

/** Milliseconds for whoever asked for a reboot to write that it did, before everything ends. */
const lastWords = 300;

/** A simulated machine: what the host runs for it, behind an SSH server and a service manager of its own. */
export function simulatedMachine(record: MachineRecord, surroundings: MachineSurroundings, signal: AbortSignal) {
  const { name, ssh: port } = record;
  const { home, processes, clock, ssh, environment, clientKey, newId, tell } = surroundings;
  const disk = machineDisk(home, name);
  const service = nodeService(name, disk, surroundings);
  let server: RunningSshServer | undefined;
  let rebooting: Promise<void> | undefined;

  const commandFor = (line: string) => ({
    ...onMachine(line),
    directory: disk.root,
    environment: {
      ...environment,
      PATH: `${home.pathOf(disk.bin)}:${environment['PATH'] ?? ''}`,
      HOME: disk.root,
      USER: machineLogin,
      LOGNAME: machineLogin,
      [machineVariable]: disk.root,
    },
  });

  async function open(): Promise<void> {
    const hostKey = await disk.hostKey.read();
    server = await ssh.listen({ port, hostKey: hostKey?.private ?? '', user: machineLogin, clientKey, commandFor });
  }

  async function close(): Promise<void> {
    await server?.stop();
    server = undefined;
  }

  async function reboot(): Promise<void> {
    await clock.sleep(lastWords, signal);
    tell(`${name} reboots`);
    await close();
    await service.cycle(async () => {
      await endCommands({ home, processes, clock }, signal, disk.root);
      const unit = await disk.unit.read();
      if (unit !== undefined) await disk.unit.write(withoutRuntime(unit));
      await clock.sleep((await readRecord(home))?.intervals.reboot ?? 0, signal);
      await disk.bootId.write(newId());
    }, signal);
    await open();
  }

  return {
    port,
    keep: service.keep,
    /** `false` when somebody else has taken its port while it was away. */
    get isUp() {
      return server !== undefined || rebooting !== undefined;
    },
    /** Rejects with a `Failure` of kind `refused` when somebody else has its port. */
    async start(): Promise<void> {
      await service.adopt();
      await open();
    },
    /** Its node, and what was started here, go on. */
    async stop(): Promise<void> {
      await rebooting;
      await close();
    },
    /** Keeps what was called, for whoever looks at the machine afterwards. */
    async record(program: string, argv: readonly string[]): Promise<void> {
      const called = { at: new Date(clock.now()).toISOString(), program, argv: withoutSecrets(argv) };
      await home.append(disk.calls, `${JSON.stringify(called)}\n`);
    },
    /** Runs what stands for a program of the machine. */
    async run(program: string, argv: readonly string[]): Promise<Said> {
      if (program === 'systemctl') {
        const begin = () => {
          rebooting ??= reboot()
            .catch((error: Error) => tell(`${name}: ${error.message}`))
            .finally(() => {
              rebooting = undefined;
            });
        };
        return await systemctl(argv, { disk, service, reboot: begin }, signal);
      }
      const lab = await readRecord(home);
      if (lab === undefined) return { exitCode: 1, stdout: '', stderr: 'the lab is gone\n' };
      const directory = home.pathOf(labPaths.database);
      const machine = {
        ...{ name, disk, service, clock, record: lab, connectionString: labConnectionString(directory) },
        openDatabase: () => surroundings.openDatabase(directory),
      };
      return await octopusServer(argv, machine, signal);
    },
  };
}

export type SimulatedMachine = ReturnType<typeof simulatedMachine>;

/** What was set until the next start of the machine. */
function withoutRuntime(unit: Unit): Unit {
  const lasting = (value: Unit['enabled']) => (value === 'runtime' ? 'no' : value);
  return { ...unit, enabled: lasting(unit.enabled), masked: lasting(unit.masked) };
}

/** The words of a call without what Octopus Server is told in confidence. */
function withoutSecrets(argv: readonly string[]): readonly string[] {
  const secret = /^(--?(?:masterKey|password)(?:[=:]|$))/i;
  const inConnection = /((?:^|;)\s*(?:password|pwd)\s*=\s*)("(?:[^"]|"")*"|'(?:[^']|'')*'|[^;]*)/gi;
  return argv.map((word, i) => {
    if (/password|pwd/i.test(word) && /[=;]/.test(word) && !secret.test(word)) return word.replace(inConnection, '$1…');
    const [, flag] = secret.exec(word) ?? [];
    if (flag !== undefined) return /[=:]$/.test(flag) ? `${flag}…` : word;
    return /^--?(masterKey|password)$/i.test(argv[i - 1] ?? '') ? '…' : word;
  });
}
