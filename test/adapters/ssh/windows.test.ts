import { shellContract } from '../../contracts/shell.contract.js';
import { windowsSshShell, withoutWindowsSsh } from '../../support/windows-ssh.js';

shellContract('OpenSSH for Windows', {
  language: 'powershell',
  missing: withoutWindowsSsh,
  open: async (options) => windowsSshShell(options),
});
