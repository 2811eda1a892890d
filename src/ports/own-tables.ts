import type { Session } from './database.js';

/** The place of octo-ha's own tables. */
export interface OwnTables {
  /** In words: `the database OctopusHA on sql1`. */
  readonly place: string;
  /** Opens it for defining tables, and makes the database or file itself where it is missing. */
  open(signal: AbortSignal): Promise<Session>;
}
