import { type SshMachine, sshShell } from '../../src/adapters/ssh/ssh-shell.js';
import type { Shell } from '../../src/ports/shell.js';

const login = process.env['OCTO_HA_TEST_WINDOWS_SSH'];

/** Why no Windows machine can be reached by ssh. */
export const withoutWindowsSsh = login === undefined && 'OCTO_HA_TEST_WINDOWS_SSH names no machine (user@host)';

/** A Windows machine with OpenSSH's server; its host key is in the lists of known hosts. */
export function windowsSshShell(options: { readonly outputLimit?: number } = {}): Shell {
  const [user = '', host = ''] = (login ?? '').split('@');
  const key = process.env['OCTO_HA_TEST_WINDOWS_SSH_KEY'];
  const machine: SshMachine = { user, host, ...(key === undefined ? {} : { keyFiles: [key] }) };
  return sshShell(machine, { ask: async () => undefined, ...options });
}
