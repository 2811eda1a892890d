import * as z from 'zod/mini';
import { Failure } from '../errors.js';
import type { LabHost } from './host.js';
import { labPaths } from './record.js';

const holder = z.object({ pid: z.number(), started: z.string(), parent: z.number() });

/** One command at a time changes a lab. A command that was killed holds up nobody. */
export async function lockLab({ home, processes }: Pick<LabHost, 'home' | 'processes'>): Promise<AsyncDisposable> {
  const mine = JSON.stringify(await processes.self());
  for (let tries = 0; tries < 3; tries++) {
    if (await home.claim(labPaths.lock, mine)) return { [Symbol.asyncDispose]: () => home.remove(labPaths.lock) };
    const other = await readHolder();
    if (other !== undefined && (await processes.isAlive(other))) {
      throw new Failure('busy', `another octo-ha lab command is at work here (process ${other.pid})`, {
        hint: 'Wait until it has ended, then try again.',
      });
    }
    await home.remove(labPaths.lock);
  }
  throw new Failure('busy', 'other octo-ha lab commands are at work here');

  async function readHolder() {
    try {
      return holder.parse(JSON.parse((await home.read(labPaths.lock)) ?? ''));
    } catch {
      return undefined;
    }
  }
}
