import type { Clock } from '../ports/clock.js';
import type { Cluster } from './cluster.js';
import { isOutage } from './journal/lease.js';
import type { Progress } from './node-control.js';

/** Milliseconds between two tries to reach the database. */
const pause = 1_000;

/**
 * The cluster as an operation sees it that has begun: what it asks the database is asked again until it is answered.
 * Octopus goes on meanwhile, and nothing that is half done is left because of an outage.
 */
export function outlasting(cluster: Cluster, sleep: Clock['sleep'], tell: (progress: Progress) => void): Cluster {
  const { database } = cluster;
  const ask: Cluster['database']['ask'] = async (questions, signal) => {
    for (let told = false; ; told = true) {
      try {
        return await database.ask(questions, signal);
      } catch (error) {
        if (!isOutage(error) || signal.aborted) throw error;
        if (!told) tell({ kind: 'outage', why: (error as Error).message });
        await sleep(pause, signal);
      }
    }
  };
  return { ...cluster, database: { ...database, ask } };
}
