import { Failure } from '../errors.js';
import type { LabHost } from './host.js';
import { machineDisk } from './machine/disk.js';
import { type LabRecord, labPaths } from './record.js';

/** The account that the machines let in. */
export const machineLogin = 'lab';

export const sshFiles = {
  config: `${labPaths.ssh}/config`,
  knownHosts: `${labPaths.ssh}/known_hosts`,
  key: `${labPaths.ssh}/id_ed25519`,
  publicKey: `${labPaths.ssh}/id_ed25519.pub`,
} as const;

/** Makes the key that the machines let in. */
export async function ensureClientKey({ home, newSshKey }: LabHost): Promise<void> {
  if ((await home.read(sshFiles.publicKey)) !== undefined) return;
  const key = await newSshKey();
  await home.write(sshFiles.key, key.private);
  await home.write(sshFiles.publicKey, `${key.public}\n`);
}

/** Writes what ssh, and octo-ha, reach the machines by. */
export async function writeSshFiles({ home }: Pick<LabHost, 'home'>, { machines }: LabRecord): Promise<void> {
  const keys = await Promise.all(machines.map(({ name }) => machineDisk(home, name).hostKey.read()));
  const known = machines.map(({ name }, i) => `${name} ${keys[i]?.public ?? ''}\n`).join('');
  await home.write(sshFiles.knownHosts, known);
  const hosts = machines.map(({ name, ssh }) =>
    [
      `Host ${name}`,
      '  HostName 127.0.0.1',
      `  Port ${ssh}`,
      // Known by its name, so that another port does not make it another machine.
      `  HostKeyAlias ${name}`,
      `  User ${machineLogin}`,
      `  IdentityFile ${quoted(home.pathOf(sshFiles.key))}`,
      '  IdentitiesOnly yes',
      '  IdentityAgent none',
      `  UserKnownHostsFile ${quoted(home.pathOf(sshFiles.knownHosts))}`,
      '  GlobalKnownHostsFile none',
      '  StrictHostKeyChecking yes',
      '',
    ].join('\n'),
  );
  await home.write(sshFiles.config, ['# Written by octo-ha lab up\n', ...hosts].join('\n'));
}

/** https://man.openbsd.org/ssh_config: a percent sign begins a token, and there is no way to write a quote. */
function quoted(path: string): string {
  if (/["\n\r]/.test(path)) {
    throw new Failure('usage', `${JSON.stringify(path)} cannot stand in a configuration of ssh`, {
      hint: 'Name another directory in OCTO_HA_LAB_HOME.',
    });
  }
  return `"${path.replaceAll('%', '%%')}"`;
}
