import { Failure, type FailureKind } from '../errors.js';

/** What went wrong with a share, in the order in which it can: on the way, at the door, inside. */
export type ShareTrouble =
  /** This machine cannot open such a place: a program is missing, or a drive means nothing here. */
  | 'not-here'
  | 'no-address'
  | 'connection-refused'
  | 'no-answer'
  | 'connection-lost'
  /** No version or protection of SMB that both sides take. */
  | 'no-common-protocol'
  | 'wrong-password'
  | 'account-barred'
  /** The login was good, and the session was refused. */
  | 'session-denied'
  | 'no-share'
  | 'share-denied'
  | 'missing'
  | 'denied'
  | 'read-only'
  | 'exists'
  | 'not-empty'
  | 'in-use'
  | 'full'
  | 'other';

/** Names what was refused, why, and what to do. Nothing in it is secret. */
export class ShareFailure extends Failure {
  readonly trouble: ShareTrouble;

  constructor(
    kind: FailureKind,
    trouble: ShareTrouble,
    message: string,
    more: { hint?: string | undefined; cause?: unknown } = {},
  ) {
    super(kind, message, more);
    this.trouble = trouble;
  }
}

/** Who logs in to a file server. */
export interface ShareCredentials {
  /** `user`, `DOMAIN\\user` or `user@realm`. */
  readonly user: string;
  readonly password: string;
}

export interface ShareEntry {
  readonly name: string;
  readonly kind: 'file' | 'folder';
  /** Bytes; of a file only. */
  readonly size: number;
}

/**
 * The folder that all nodes share, as this machine reaches it. Paths are relative to it and use `/`; an empty one is
 * the folder itself.
 *
 * Whatever is refused rejects with a `ShareFailure`, a path that is none with a `Failure` of kind `usage`, and an aborted
 * call with `signal.reason`. A call that is not answered in time rejects with trouble `no-answer`, and what was asked
 * for may then still happen. Nothing that a call leaves unfinished keeps octo-ha from ending.
 */
export interface Share extends AsyncDisposable {
  /** For messages, as a person writes it. */
  readonly name: string;
  /** Whether calls go over one login, or each makes its own and is slow for that. */
  readonly session: 'kept' | 'each call';
  /** What is in a folder, of files and folders whose names begin so, whatever the case; all for an empty beginning. */
  list(folder: string, beginning: string, signal: AbortSignal): Promise<readonly ShareEntry[]>;
  /** `there` where it exists. Its parent must exist. */
  makeFolder(folder: string, signal: AbortSignal): Promise<'made' | 'there'>;
  /** Replaces a file that is there. After a failure part of it may be there. */
  write(file: string, bytes: Uint8Array, signal: AbortSignal): Promise<void>;
  read(file: string, signal: AbortSignal): Promise<Uint8Array>;
  /** Nothing may be there under the new name: what happens to it differs. */
  rename(from: string, to: string, signal: AbortSignal): Promise<void>;
  /** Removes a file; nothing happens where it is missing. */
  remove(file: string, signal: AbortSignal): Promise<void>;
  /** Removes a folder that is empty; nothing happens where it is missing. */
  removeFolder(folder: string, signal: AbortSignal): Promise<void>;
  /** Bytes. */
  freeSpace(signal: AbortSignal): Promise<{ readonly free: number; readonly total: number }>;
}
