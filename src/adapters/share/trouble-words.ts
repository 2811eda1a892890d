import type { FailureKind } from '../../errors.js';
import { ShareFailure, type ShareTrouble } from '../../ports/share.js';

/** What was tried, in words. */
export interface Attempt {
  /** The shared folder as a person writes it. */
  readonly share: string;
  /** `list`, `make the folder`. */
  readonly doing: string;
  /** What is in it; the shared folder itself otherwise. */
  readonly path?: string | undefined;
  /** The name that it is to have; what refuses that one speaks of the whole attempt. */
  readonly to?: string | undefined;
  /** Who asks, where it is known. */
  readonly user?: string | undefined;
  /** How the system itself names the trouble: `NT_STATUS_DISK_FULL`, `ENOSPC`. */
  readonly code?: string;
  readonly cause?: unknown;
}

interface Words {
  readonly kind: FailureKind;
  readonly message: (attempt: Attempt) => string;
  readonly hint?: string;
}

const could = ({ share, doing, path, to }: Attempt) =>
  path ? `cannot ${doing} "${path}"${to ? ` to "${to}"` : ''} in ${share}` : `cannot ${doing} ${share}`;
const as = ({ user }: Attempt) => (user === undefined ? '' : ` as ${user}`);

const words: Readonly<Record<Exclude<ShareTrouble, 'not-here'>, Words>> = {
  'no-address': {
    kind: 'unreachable',
    message: ({ share }) => `the server of ${share} has no address, or none that answers`,
    hint: 'Check the name, and the DNS servers of this machine',
  },
  'connection-refused': {
    kind: 'unreachable',
    message: ({ share }) => `the server of ${share} refuses the connection`,
    hint: 'Check that it shares files (SMB, TCP 445), and its firewall',
  },
  'no-answer': {
    kind: 'unreachable',
    message: ({ share, doing }) => `${share} gave no answer in time (${doing})`,
    hint: 'Check the file server, and that no firewall between drops TCP 445',
  },
  'connection-lost': {
    kind: 'unreachable',
    message: ({ share, doing }) => `the connection to ${share} was lost (${doing})`,
    hint: "Look at the file server's own log; what listens there may not be a file server",
  },
  'no-common-protocol': {
    kind: 'unreachable',
    message: ({ share }) => `the server of ${share} takes no version of SMB that this machine offers`,
    hint: 'The server may demand SMB 3: see "client max protocol" in the smb.conf of this machine',
  },
  'wrong-password': {
    kind: 'unreachable',
    message: (attempt) => `${attempt.share} refused the login${as(attempt)}: wrong user or password`,
    hint: 'Servers do not say which of the two is wrong; write the user of a domain as DOMAIN\\user',
  },
  'account-barred': {
    kind: 'unreachable',
    message: (attempt) => `${attempt.share} refused the login${as(attempt)}: the account may not log in now`,
    hint: 'Its password may have expired, or the account be disabled, locked or limited to other machines',
  },
  'session-denied': {
    kind: 'unreachable',
    message: (attempt) => `${attempt.share} refused the session${as(attempt)}, although the login was good`,
    hint: 'The server may demand encryption or signing: see "client max protocol" in the smb.conf of this machine',
  },
  'no-share': {
    kind: 'unreachable',
    message: ({ share }) => `the server has no share of that name: ${share}`,
    hint: 'Compare it with what the server shares: Get-SmbShare on Windows, testparm -s with Samba',
  },
  'share-denied': {
    kind: 'unreachable',
    message: (attempt) =>
      `the share does not admit${as(attempt) === '' ? ' this user' : as(attempt).slice(3)}: ${attempt.share}`,
    hint: 'Give the account full control in the permissions of the share',
  },
  missing: {
    kind: 'failed',
    message: (attempt) => `${could(attempt)}: there is nothing of that name`,
  },
  denied: {
    kind: 'failed',
    message: (attempt) => `${could(attempt)}${as(attempt)}: access is denied`,
    hint: 'Give the account full control, in the permissions of the share and in those of the folder',
  },
  'read-only': {
    kind: 'failed',
    message: (attempt) => `${could(attempt)}: it may only be read`,
    hint: 'Share or mount it for writing',
  },
  exists: { kind: 'failed', message: (attempt) => `${could(attempt)}: that name is taken` },
  'not-empty': { kind: 'failed', message: (attempt) => `${could(attempt)}: it is not empty` },
  'in-use': {
    kind: 'failed',
    message: (attempt) => `${could(attempt)}: another program has it open`,
    hint: 'Backup and antivirus programs should leave the folders of Octopus alone',
  },
  full: {
    kind: 'failed',
    message: (attempt) => `${could(attempt)}: the disk is full, or a quota is used up`,
    hint: 'Make room on the file server; retention policies bound what Octopus keeps',
  },
  other: {
    kind: 'failed',
    message: (attempt) => `${could(attempt)}${attempt.code === undefined ? '' : `: ${attempt.code}`}`,
  },
};

export function shareFailure(trouble: Exclude<ShareTrouble, 'not-here'>, attempt: Attempt): ShareFailure {
  const { kind, message, hint } = words[trouble];
  return new ShareFailure(kind, trouble, message(attempt), { hint, cause: attempt.cause ?? attempt.code });
}
