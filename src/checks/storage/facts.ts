import type { StorageLocation } from '../../cluster/storage-location.js';
import type { ShareEntry, ShareTrouble } from '../../ports/share.js';

/** How one thing that was tried came out. */
export type Look<T> =
  | { readonly state: 'seen'; readonly value: T }
  | {
      readonly state: 'refused';
      /** Of a share, or of the system: `ECONNREFUSED`. */
      readonly trouble: ShareTrouble | (string & {});
      readonly message: string;
      readonly hint?: string | undefined;
    }
  | { readonly state: 'not-tried'; readonly because: string };

/** What one visit to the shared folder found, in the order in which it is looked at. Times are milliseconds. */
export interface StorageFacts {
  readonly location: StorageLocation;
  readonly addresses: Look<readonly string[]>;
  /** The fastest of a few connections. */
  readonly connection: Look<{ readonly port: number; readonly fastest: number }>;
  readonly listing: Look<readonly ShareEntry[]>;
  /** Those of Octopus. */
  readonly folders: Look<{ readonly missing: readonly string[] }>;
  /** A folder and a file of our own were made. */
  readonly written: Look<{ readonly bytes: number; readonly took: number }>;
  /** Where the bytes read differ first from those written. */
  readonly content: Look<{ readonly took: number; readonly differsAt: number | undefined }>;
  readonly renamed: Look<undefined>;
  /** Of all that was made, what could not be removed, and why where that was said. */
  readonly removed: Look<{ readonly left: readonly string[]; readonly because: string | undefined }>;
  readonly space: Look<{ readonly free: number; readonly total: number }>;
  readonly latency: Look<{ readonly of: 'a connection' | 'a small file'; readonly fastest: number }>;
}

export const seen = <T>(value: T): Look<T> => ({ state: 'seen', value });

export const notTried = (because: string): Look<never> => ({ state: 'not-tried', because });
