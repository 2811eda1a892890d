import type { Clock } from '../../ports/clock.js';
import type { Folder } from '../../ports/folder.js';
import { parseTaskContent } from '../task-content.js';
import type { Candidate, Ending, TaskQueue } from './queue.js';

export interface RunnerOptions {
  readonly name: string;
  readonly queue: TaskQueue;
  readonly clock: Clock;
  /** The folder that all nodes share. */
  readonly share: Folder;
  readonly tell: (line: string) => void;
}

/** Between two attempts to write how a task has ended. */
const retryAfter = 1_000;

/** The tasks that a node is working on. */
export function taskRunner({ name, queue, clock, share, tell }: RunnerOptions) {
  const running = new Map<string, AbortController>();

  const log = async (task: string, line: string): Promise<void> => {
    try {
      await share.append(`TaskLogs/${task}.txt`, `${new Date(clock.now()).toISOString()}  ${name}  ${line}\n`);
    } catch (error) {
      tell(`cannot write the log of ${task}: ${(error as Error).message}`);
    }
  };

  /** What was taken must end, so a database that cannot be reached is asked again until the node stops. */
  async function insist<T>(write: () => Promise<T>, signal: AbortSignal): Promise<T> {
    for (;;) {
      try {
        return await write();
      } catch (error) {
        signal.throwIfAborted();
        tell((error as Error).message);
        await clock.sleep(retryAfter, signal);
      }
    }
  }

  async function work({ id, description, resumed, json }: Candidate, cancel: AbortSignal, stop: AbortSignal) {
    const { duration, asksHuman } = parseTaskContent(json);
    const started = clock.now();
    const end = async (ending: Omit<Ending, 'seconds'>) => {
      const seconds = Math.round((clock.now() - started) / 1_000);
      const ours = await insist(() => queue.finish(id, { ...ending, seconds }, stop), stop);
      if (ours) await log(id, ending.state);
      return ours;
    };

    await log(id, resumed ? 'goes on: a human has answered' : `begins: ${description}`);
    const first = asksHuman && !resumed;
    try {
      await clock.sleep(asksHuman ? duration / 2 : duration, AbortSignal.any([cancel, stop]));
    } catch {
      // Octopus leaves the tasks of a stopping node as they are, and cancels them when it comes back.
      if (!stop.aborted) await end({ from: 'Cancelling', state: 'Canceled', why: 'The task was canceled.' });
      return;
    }
    if (!first && (await end({ from: 'Executing', state: 'Success' }))) return;
    if (first && (await insist(() => queue.waitForHuman(id, stop), stop)))
      return void (await log(id, 'waits for a human'));
    // It is not ours to end any more, or is to be cancelled at this very moment.
    await end({ from: 'Cancelling', state: 'Canceled', why: 'The task was canceled.' });
  }

  return {
    get count(): number {
      return running.size;
    },
    isRunning: (id: string): boolean => running.has(id),
    cancel: (id: string): void => running.get(id)?.abort(),
    /** Works on a task that was taken, until it has ended or `stop` aborts. */
    run(task: Candidate, stop: AbortSignal): void {
      const cancel = new AbortController();
      running.set(task.id, cancel);
      void work(task, cancel.signal, stop)
        .catch((error: unknown) => {
          if (!stop.aborted) tell(`${task.id}: ${(error as Error).message}`);
        })
        .finally(() => running.delete(task.id));
    },
  };
}
