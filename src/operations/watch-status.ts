import { type Estimate, estimate, type PastOperation } from '../cluster/estimate.js';
import type { Step } from '../cluster/operation.js';
import type { Database, Question } from '../database/database.js';
import { pastOperations } from '../database/queries/past-operations.js';
import { runningSteps } from '../database/queries/running-steps.js';
import type { Cluster } from './cluster.js';
import { type Look, readStatus } from './read-status.js';

export interface Watched {
  readonly look: Look;
  /** What the operation that holds the cluster has done so far. */
  readonly steps: readonly Step[];
  readonly estimate: Estimate | null;
}

/** How far back the history is asked, in milliseconds. */
const history = 90 * 86_400_000;

/** The status with the operation under way, in one round trip after the catalogue. */
export async function readWatched(cluster: Cluster, signal: AbortSignal): Promise<Watched> {
  let journals: ReadonlyMap<string, readonly Step[]> = new Map();
  let past: readonly PastOperation[] = [];
  const together = alsoAsking(cluster.database, [runningSteps, pastOperations(history)], (steps, operations) => {
    journals = steps;
    past = operations;
  });
  const look = await readStatus({ ...cluster, database: together }, signal);
  const { operation, at } = look;
  return {
    look,
    steps: operation === null ? [] : (journals.get(operation.id) ?? []),
    estimate: operation === null ? null : estimate(operation, past, at),
  };
}

/** A database that asks two things more in the round trip of whatever is asked. */
function alsoAsking<A, B>(
  database: Database,
  more: readonly [Question<A>, Question<B>],
  hear: (first: A, second: B) => void,
): Database {
  return {
    ...database,
    async ask(questions, signal) {
      const [first, second, ...answers] = await database.ask([...more, ...questions], signal);
      hear(first as A, second as B);
      return answers as never;
    },
  };
}
