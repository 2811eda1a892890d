import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { FoundProcess } from '../ports/processes.js';

/** All processes, or those of these numbers. A process that has ended and waits for its parent is not among them. */
export function listProcesses(pids?: readonly number[]): Promise<readonly FoundProcess[]> {
  switch (process.platform) {
    case 'linux':
      return fromProc(pids);
    case 'win32':
      return fromPowerShell(pids);
    default:
      return fromPs(pids);
  }
}

async function fromProc(pids?: readonly number[]): Promise<readonly FoundProcess[]> {
  const numbers = pids ?? (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  return (await Promise.all(numbers.map(readProc))).filter((found) => found !== undefined);
}

async function readProc(pid: number): Promise<FoundProcess | undefined> {
  try {
    const [stat, words] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'latin1'),
      readFile(`/proc/${pid}/cmdline`, 'utf8'),
    ]);
    // The program's name, in parentheses, may contain anything. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || words === '') return undefined;
    return {
      pid,
      parent: Number(fields[1]),
      started: fields[19] ?? '',
      commandLine: words.replace(/\0$/, '').replaceAll('\0', ' '),
    };
  } catch {
    return undefined;
  }
}

/** What a process was started with. Empty for one that has ended or is somebody else's, and everywhere but on Linux. */
export async function environmentOf(pid: number): Promise<readonly string[]> {
  if (process.platform !== 'linux') return [];
  return await readFile(`/proc/${pid}/environ`, 'utf8').then(
    (text) => text.split('\0'),
    () => [],
  );
}

/** POSIX, with the start time in the 24 characters of `lstart`. */
export async function fromPs(pids?: readonly number[]): Promise<readonly FoundProcess[]> {
  const which = pids === undefined ? ['-ax'] : ['-p', pids.join(',')];
  const columns = ['pid=', 'ppid=', 'stat=', 'lstart=', 'args='].flatMap((column) => ['-o', column]);
  const output = await printed('ps', [...which, '-ww', ...columns]);
  return output.split('\n').flatMap((line) => {
    const found = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(\S{3} \S{3} +\d+ [\d:]+ \d{4}) (.*)$/.exec(line);
    if (found === null || found[3]?.startsWith('Z')) return [];
    const [, pid, parent, , started = '', commandLine = ''] = found;
    return [{ pid: Number(pid), parent: Number(parent), started, commandLine }];
  });
}

async function fromPowerShell(pids?: readonly number[]): Promise<readonly FoundProcess[]> {
  const filter = pids === undefined ? '' : ` -Filter "${pids.map((pid) => `ProcessId=${pid}`).join(' OR ')}"`;
  const script =
    `Get-CimInstance Win32_Process${filter} | ForEach-Object ` +
    `{ "$($_.ProcessId)|$($_.ParentProcessId)|$($_.CreationDate.Ticks)|$($_.CommandLine)" }`;
  const output = await printed('powershell.exe', ['-NoProfile', '-NonInteractive', '-Command', script]);
  return output.split(/\r?\n/).flatMap((line) => {
    const found = /^(\d+)\|(\d+)\|(\d*)\|(.*)$/.exec(line);
    if (found === null) return [];
    const [, pid, parent, started = '', commandLine = ''] = found;
    return [{ pid: Number(pid), parent: Number(parent), started, commandLine: commandLine.replaceAll('"', '') }];
  });
}

/** A program that finds nothing says so by its exit code, and has printed nothing. */
async function printed(file: string, args: readonly string[]): Promise<string> {
  const options = { env: { ...process.env, LC_ALL: 'C' }, windowsHide: true, maxBuffer: 64 * 1024 * 1024 };
  try {
    return (await promisify(execFile)(file, args, options)).stdout;
  } catch (error) {
    if (error instanceof Error && 'stdout' in error && error.stdout === '') return '';
    throw error;
  }
}
