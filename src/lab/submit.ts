import { sql } from 'kysely';
import * as z from 'zod/mini';
import { count as countColumn } from '../database/columns.js';
import type { Change, OctopusDatabase } from './octopus-database.js';
import { taskJson } from './task-content.js';

/** Milliseconds, both ends included. */
export interface DurationRange {
  readonly shortest: number;
  readonly longest: number;
}

export interface TaskOrder {
  readonly count: number;
  readonly duration: DurationRange;
  /** Halfway they wait for a human. */
  readonly asksHuman: boolean;
}

const allocated = z.object({ allocated: countColumn });
const idRow = z.object({ id: z.string() });

/** Tasks of one round trip: a statement takes 2,100 parameters at most on SQL Server. */
const largestBatch = 100;

/** Queues tasks as Octopus' portal does, and answers with their Ids. */
export async function submitTasks(
  octopus: OctopusDatabase,
  { count, ...rest }: TaskOrder,
  random: () => number,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const ids: string[] = [];
  while (ids.length < count) {
    const batch = await submitBatch(
      octopus,
      { count: Math.min(largestBatch, count - ids.length), ...rest },
      random,
      signal,
    );
    ids.push(...batch);
  }
  return ids;
}

/** Numbers and tasks are one change: it misses, and is made again, when somebody else has taken numbers meanwhile. */
async function submitBatch(
  octopus: OctopusDatabase,
  { count, duration, asksHuman }: TaskOrder,
  random: () => number,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { now } = octopus.dialect;
  for (;;) {
    const [[row] = []] = await octopus.read(
      [sql`SELECT Allocated AS allocated FROM dbo.KeyAllocation WHERE CollectionName = 'ServerTasks'`],
      signal,
    );
    const last = allocated.parse(row).allocated;
    const ids = Array.from({ length: count }, (_, i) => `ServerTasks-${last + i + 1}`);
    const changes: Change[] = [
      {
        expects: 1,
        query: sql`UPDATE dbo.KeyAllocation SET Allocated = ${last + count} WHERE CollectionName = 'ServerTasks' AND Allocated = ${last}`,
      },
      ...ids.map((id) => {
        const { shortest, longest } = duration;
        const milliseconds = Math.round(shortest + random() * (longest - shortest));
        const description = `Deploy of the lab (${milliseconds / 1_000} s of work)`;
        return {
          expects: 1,
          query: sql`
            INSERT INTO dbo.ServerTask (Id, Name, Description, QueueTime, State, HasPendingInterruptions, HasWarningsOrErrors, SpaceId, JSON)
            VALUES (${id}, 'Deploy', ${description}, ${now}, 'Queued', ${false}, ${false}, 'Spaces-1',
              ${taskJson({ duration: milliseconds, asksHuman })})`,
        };
      }),
    ];
    if ((await octopus.change(changes, signal)).applied) return ids;
  }
}

/** Answers every task that waits for a human, so that it goes on where it was begun. Answers with their Ids. */
export async function answerTasks(octopus: OctopusDatabase, signal: AbortSignal): Promise<readonly string[]> {
  const waiting = sql`State = 'Queued' AND HasPendingInterruptions = ${true}`;
  const [rows = []] = await octopus.read([sql`SELECT Id AS id FROM dbo.ServerTask WHERE ${waiting}`], signal);
  const ids = rows.map((row) => idRow.parse(row).id);
  const answer = (id: string): Change => ({
    expects: 'any',
    query: sql`UPDATE dbo.ServerTask SET HasPendingInterruptions = ${false} WHERE Id = ${id} AND ${waiting}`,
  });
  if (ids.length > 0) await octopus.change(ids.map(answer), signal);
  return ids;
}
