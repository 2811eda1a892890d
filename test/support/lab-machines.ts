import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sshShell } from '../../src/adapters/ssh/ssh-shell.js';
import { systemClock } from '../../src/adapters/system-clock.js';
import type { LabHost } from '../../src/lab/host.js';
import { unitName } from '../../src/lab/machine/disk.js';
import { sshFiles } from '../../src/lab/ssh-files.js';
import type { Machine } from '../../src/operations/machine/machine.js';
import type { Finished, Shell } from '../../src/ports/shell.js';

/** A shell on a machine of a lab, by the configuration that the lab has written for ssh. */
export function labShell({ home }: LabHost, machine: string, configuration = home.pathOf(sshFiles.config)): Shell {
  return sshShell({ host: machine }, { ask: async () => undefined, configuration: { file: configuration } });
}

/** A machine of a lab as octo-ha's operations see it. */
export const labMachine = (name: string, shell: Shell): Machine => ({
  name,
  shell,
  clock: systemClock,
  service: { manager: 'systemd', name: unitName },
});

/** Runs a line on a machine. */
export const type = (shell: Shell, line: string, signal: AbortSignal): Promise<Finished> =>
  shell.run({ language: 'sh', script: line }, '', signal);

/** What was called on a machine, the words of each call with a space between. */
export async function callsOn({ home }: LabHost, machine: string): Promise<readonly string[]> {
  const text = await readFile(join(home.path, 'machines', machine, 'calls.ndjson'), 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { program: string; argv: readonly string[] })
    .map(({ program, argv }) => [program, ...argv].join(' '));
}
