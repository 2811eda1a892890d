import type { MachineAddress } from '../../cluster/machine-address.js';
import { Failure } from '../../errors.js';
import type { Clock } from '../../ports/clock.js';
import type { Shell } from '../../ports/shell.js';
import { toBase64 } from '../machine/base64.js';
import { type MachineFacts, parseProbe } from './machine-facts.js';
import { posixProbe } from './posix-probe.js';
import { powershellProbe, probeProgramInBase64 } from './powershell-probe.js';

/** What to look at beside the machine itself. Nothing in it is secret. */
export interface ProbeQuestions {
  /** Folders of the shared storage. */
  readonly folders: readonly string[];
  /** `host:port` of what the machine must reach, or the path of a file that it must be able to read. */
  readonly reach: readonly string[];
  /** Names that it must resolve. */
  readonly names: readonly string[];
  /** The port for polling Tentacles. */
  readonly port: number;
  /** Where the configuration of the instance may be, other than in the usual places. */
  readonly configs?: readonly string[];
}

/** Of the official container. https://octopus.com/docs/installation/octopus-server-linux-container */
const usualConfigs = [
  '/home/octopus/.octopus/OctopusServer/Server/Server.linux.config',
  '/root/.octopus/OctopusServer/Server/Server.linux.config',
];

/** Looks at the machine of a node once, and changes nothing there. Rejects with a `Failure` where it gives no answer. */
export async function probeMachine(
  shell: Shell,
  address: Pick<MachineAddress, 'manager' | 'service' | 'instance'>,
  questions: ProbeQuestions,
  clock: Clock,
  signal: AbortSignal,
): Promise<MachineFacts> {
  const before = clock.now();
  const { exitCode, stdout, stderr } = await shell.run(
    address.manager === 'windows' ? powershellProbe : posixProbe,
    probeDocument(address, questions),
    signal,
  );
  const took = clock.now() - before;
  const told = parseProbe(stdout);
  if (told === undefined) {
    const printed = (stderr || stdout).trim().slice(0, 300);
    throw new Failure(
      'unreachable',
      `${shell.name} gave no answer (exit code ${exitCode})${printed === '' ? '' : `: ${printed}`}`,
      { hint: 'Look at what a login there runs by itself; sudo must not ask for a password' },
    );
  }
  const { clock: at, ...facts } = told;
  // The machine read its clock somewhere between question and answer, and perhaps in whole seconds.
  return { ...facts, clockAheadMs: Math.round(at - (before + took / 2)), clockDoubtMs: Math.ceil(took / 2) + 1_000 };
}

/** JSON with an entry a line, which `sh` can read. */
export function probeDocument(
  { manager, service, instance }: Pick<MachineAddress, 'manager' | 'service' | 'instance'>,
  { folders, reach, names, port, configs = usualConfigs }: ProbeQuestions,
): string {
  const list = (values: readonly string[]) => JSON.stringify(values.map(toBase64));
  const entries = [
    `"manager":${JSON.stringify(manager)}`,
    `"service":${JSON.stringify(toBase64(service))}`,
    `"instance":${JSON.stringify(toBase64(instance))}`,
    `"port":${JSON.stringify(String(port))}`,
    `"folders":${list(folders)}`,
    `"reach":${list(reach)}`,
    `"names":${list(names)}`,
    `"configs":${list(configs)}`,
    ...(manager === 'windows' ? [`"program":${JSON.stringify(probeProgramInBase64)}`] : []),
  ];
  return `{\n${entries.join(',\n')}\n}\n`;
}
