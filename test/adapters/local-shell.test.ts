import { localShell } from '../../src/adapters/local-shell.js';
import { shellContract } from '../contracts/shell.contract.js';

shellContract('this machine', {
  language: process.platform === 'win32' ? 'powershell' : 'sh',
  open: async (options) => localShell(options),
});
