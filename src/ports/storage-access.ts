import type { StorageLocation } from '../cluster/storage-location.js';
import type { Network } from './network.js';
import type { Share, ShareCredentials } from './share.js';

/** How this machine reaches the folder that all nodes share. */
export interface StorageAccess {
  readonly network: Network;
  /** Nothing is asked of the place itself. Rejects with a `ShareFailure` where this machine cannot open such a place. */
  openShare(location: StorageLocation, credentials: ShareCredentials | undefined): Promise<Share>;
}
