import { execFile, spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import type { Processes, Program, RunningProcess, StartedProcess } from '../ports/processes.js';
import { environmentOf, listProcesses } from './process-list.js';

const signals = { end: 'SIGTERM', reload: 'SIGUSR2', kill: 'SIGKILL' } as const;

/** Processes of this machine, told apart by number and start time. */
export const detachedProcesses: Processes = {
  async self() {
    const self = (await listProcesses([process.pid])).find(({ pid }) => pid === process.pid);
    if (self === undefined) throw new Error('this process is not in the list of processes');
    const { pid, started, parent } = self;
    return { pid, started, parent };
  },
  start,
  run: ({ file, args }, signal) =>
    new Promise((resolve, reject) => {
      execFile(file, args, { signal, windowsHide: true, timeout: 30_000 }, (error, stdout, stderr) => {
        if (signal.aborted) return reject(signal.reason);
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : null;
        resolve({ code, output: `${stdout}${stderr}`.trim() });
      });
    }),
  async find(mentioning) {
    const all = await listProcesses();
    return all.filter(({ pid, commandLine }) => pid !== process.pid && commandLine.includes(mentioning));
  },
  async withVariable(name, is) {
    const entry = `${name}=`;
    const found = await Promise.all(
      (await listProcesses()).map(async ({ pid, started, parent }) => {
        const value = (await environmentOf(pid)).find((one) => one.startsWith(entry))?.slice(entry.length);
        return value !== undefined && pid !== process.pid && is(value) ? [{ pid, started, parent }] : [];
      }),
    );
    return found.flat();
  },
  isAlive,
  async signal(target, what) {
    if (!(await isAlive(target))) return;
    try {
      process.kill(target.pid, signals[what]);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  },
};

async function start({ file, args }: Program, log: string): Promise<StartedProcess> {
  const output = await open(log, 'a', 0o600);
  try {
    const child = spawn(file, args, {
      detached: true,
      windowsHide: true,
      stdio: ['ignore', output.fd, output.fd],
    });
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    const pid = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('spawn', () => resolve(child.pid ?? 0));
    });
    child.unref();
    return { pid, ended };
  } finally {
    await output.close();
  }
}

async function isAlive({ pid, started }: RunningProcess): Promise<boolean> {
  const [now] = await listProcesses([pid]);
  return now?.started === started;
}
