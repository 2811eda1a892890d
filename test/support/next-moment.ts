import type { Database } from '../../src/database/database.js';
import { databaseTime } from '../../src/database/queries/clock.js';

/** Ends when the clock of the database has gone on, so that what is written next has a time of its own. */
export async function nextMoment(database: Database, signal: AbortSignal): Promise<void> {
  const now = async () => (await database.ask([databaseTime], signal))[0].getTime();
  const before = await now();
  while ((await now()) === before);
}
