import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { eventually } from '../eventually.js';
import { lockFiles } from './lock-files.js';

/**
 * Stops a process that uses a lab's database, until it gets SIGCONT. Stopped in the midst of a call it would keep the
 * files of SQLite locked, which no server would let it: the locks are held by us until it has come to stand. A signal is
 * only sent when `kill` returns; what runs in the kernel at that moment, as a lock being taken, still comes to its end.
 */
export async function standStill(home: string, pid: number): Promise<void> {
  using _files = await eventually(() => lockFiles(home), { every: 2 });
  process.kill(pid, 'SIGSTOP');
  await eventually(async () => assert.match(await statesOf(pid), /^T+$/), { every: 2 });
}

/** A letter for each thread, as `ps` tells them: T is stopped. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
async function statesOf(pid: number): Promise<string> {
  if (process.platform !== 'linux') {
    const { stdout } = await promisify(execFile)('ps', ['-o', 'state=', '-p', String(pid)]);
    return stdout.trim().slice(0, 1);
  }
  const threads = await readdir(`/proc/${pid}/task`);
  const told = await Promise.all(threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/stat`, 'utf8')));
  // The name of the program is in parentheses, and may hold any of them itself.
  return told.map((text) => text.slice(text.lastIndexOf(')') + 2)[0]).join('');
}
