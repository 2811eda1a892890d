import type { Session } from './database.js';

/** The place of octo-ha's own tables. */
export interface OwnTables {
  /** In words: `the database OctopusHA on sql1`. */
  readonly place: string;
  /** The database of their own; absent where they stand among Octopus' tables, or in a file. */
  readonly apart?: DatabaseApart;
  /** Opens it for defining tables. A file is made where it is missing. */
  open(signal: AbortSignal): Promise<Session>;
}

export interface DatabaseApart {
  readonly name: string;
  /** Makes it where it is missing, and says whether it did. */
  make(signal: AbortSignal): Promise<boolean>;
  /** Drops it with all that is in it. Rejects with a `DatabaseError` where the server will not. */
  drop(signal: AbortSignal): Promise<void>;
}
