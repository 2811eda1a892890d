import { sql } from 'kysely';
import * as z from 'zod/mini';
import { hasEnded } from '../../cluster/task.js';
import { bit } from '../../database/columns.js';
import type { Clock } from '../../ports/clock.js';
import type { OctopusDatabase } from '../octopus-database.js';
import { type DurationRange, submitTasks } from '../submit.js';

export interface TaskResult {
  readonly submitted: number;
  readonly started: number;
  readonly finished: number;
  readonly lost: readonly LostTask[];
}

/** A task that ended otherwise than well, or never although it was waited for. */
export interface LostTask {
  readonly id: string;
  readonly state: string;
  readonly why: string | null;
}

export interface TaskLoadOptions {
  readonly octopus: OctopusDatabase;
  readonly clock: Clock;
  readonly random: () => number;
  /** Tasks a second. */
  readonly rate: number;
  readonly duration: DurationRange;
  /** Milliseconds to wait for the last ones. */
  readonly patience: number;
}

const look = 500;

/** Ids of one question: a statement takes 2,100 parameters at most on SQL Server. */
const largestBatch = 1_000;

const taskRow = z.object({ id: z.string(), state: z.string(), started: bit, why: z.nullable(z.string()) });

/** Queues tasks at a constant rate until `stop` aborts, and follows each of them to its end. */
export async function loadTasks(options: TaskLoadOptions, stop: AbortSignal): Promise<TaskResult> {
  const { octopus, clock, random, rate, duration, patience } = options;
  const endless = new AbortController().signal;
  const open = new Map<string, z.infer<typeof taskRow>>();
  const ended: z.infer<typeof taskRow>[] = [];
  let submitted = 0;

  async function follow(): Promise<void> {
    const ids = [...open.keys()];
    for (let from = 0; from < ids.length; from += largestBatch) {
      const some = sql.join(ids.slice(from, from + largestBatch));
      const [rows = []] = await octopus.read(
        [
          sql`SELECT Id AS id, State AS state, ErrorMessage AS why, CASE WHEN StartTime IS NULL THEN 0 ELSE 1 END AS started
            FROM dbo.ServerTask WHERE Id IN (${some})`,
        ],
        endless,
      );
      for (const task of rows.map((row) => taskRow.parse(row))) {
        if (hasEnded(task.state)) {
          open.delete(task.id);
          ended.push(task);
        } else open.set(task.id, task);
      }
    }
  }

  const start = clock.now();
  while (rate > 0 && !stop.aborted) {
    const due = Math.floor(((clock.now() - start) / 1_000) * rate) + 1;
    if (due > submitted) {
      const order = { count: due - submitted, duration, asksHuman: false };
      for (const id of await submitTasks(octopus, order, random, endless)) {
        open.set(id, { id, state: 'Queued', started: false, why: null });
        submitted++;
      }
    }
    await follow();
    await clock.sleep(Math.min(look, 1_000 / rate), stop).catch(() => {});
  }
  for (const until = clock.now() + patience; ; await clock.sleep(look, endless)) {
    await follow();
    if (open.size === 0 || clock.now() >= until) break;
  }
  const all = [...ended, ...open.values()];
  return {
    submitted,
    started: all.filter(({ started }) => started).length,
    finished: ended.length,
    lost: all.filter(({ state }) => state !== 'Success').map(({ id, state, why }) => ({ id, state, why })),
  };
}
