import { randomInt } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import type { Identity } from '../ports/identity.js';

const letters = 'abcdefghjkmnpqrstuvwxyz23456789';

/** This process as journal, lease and audit name it. */
export const localIdentity: Identity = {
  get who() {
    return `${userName()}@${hostname()}`;
  },
  host: hostname(),
  pid: process.pid,
  started: async () => (await find(process.pid))?.started ?? '',
  isRunning: async (pid, started) => (await find(pid))?.started === started,
  word: (length) => Array.from({ length }, () => letters[randomInt(letters.length)]).join(''),
};

/** A container may run under a number that has no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid${process.getuid?.() ?? ''}`;
  }
}

async function find(pid: number) {
  const { listProcesses } = await import('./process-list.js');
  return (await listProcesses([pid])).find((found) => found.pid === pid);
}
