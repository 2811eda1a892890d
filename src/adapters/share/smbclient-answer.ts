import type { ShareEntry, ShareTrouble } from '../../ports/share.js';

/** The first thing that went wrong, as `smbclient` tells it. */
export interface SmbTrouble {
  readonly phase: 'connect' | 'negotiate' | 'login' | 'share' | 'work';
  /** `NT_STATUS_…` */
  readonly status: string;
}

const phases: readonly (readonly [RegExp, SmbTrouble['phase']])[] = [
  [/^do_connect: Connection to /, 'connect'],
  [/^protocol negotiation failed/i, 'negotiate'],
  [/^session setup failed/i, 'login'],
  [/^tree connect failed/i, 'share'],
];

/** Lines of lists and of what was carried name files, which may be called anything. */
const namesFiles = /^( {2}|(putting|getting) file )/;

export function troubleIn(output: string): SmbTrouble | undefined {
  for (const line of output.split('\n')) {
    const statuses = namesFiles.test(line) ? [] : (line.match(/NT_STATUS_[A-Z0-9_]+/g) ?? []);
    // A path in the same line may be called like one, and stands on the other side.
    const status = line.startsWith('NT_STATUS_') ? statuses[0] : statuses.at(-1);
    if (status !== undefined) return { status, phase: phases.find(([begins]) => begins.test(line))?.[1] ?? 'work' };
  }
  return undefined;
}

type Known = Exclude<ShareTrouble, 'not-here'>;

const onTheWay: Readonly<Record<string, Known>> = {
  CONNECTION_REFUSED: 'connection-refused',
  IO_TIMEOUT: 'no-answer',
  HOST_UNREACHABLE: 'no-answer',
  NETWORK_UNREACHABLE: 'no-answer',
  CONNECTION_RESET: 'connection-lost',
  CONNECTION_DISCONNECTED: 'connection-lost',
  CONNECTION_ABORTED: 'connection-lost',
  PIPE_BROKEN: 'connection-lost',
};

/** What a status means in each phase; https://learn.microsoft.com/openspecs/windows_protocols/ms-erref */
const meanings: Readonly<Record<SmbTrouble['phase'], Readonly<Record<string, Known>>>> = {
  // So it says of a name without address, among others.
  connect: { UNSUCCESSFUL: 'no-address', BAD_NETWORK_NAME: 'no-address', NOT_FOUND: 'no-address' },
  negotiate: {
    NOT_SUPPORTED: 'no-common-protocol',
    INVALID_PARAMETER_MIX: 'no-common-protocol',
    INVALID_NETWORK_RESPONSE: 'no-common-protocol',
    REVISION_MISMATCH: 'no-common-protocol',
  },
  login: {
    LOGON_FAILURE: 'wrong-password',
    WRONG_PASSWORD: 'wrong-password',
    NO_SUCH_USER: 'wrong-password',
    INVALID_PARAMETER: 'wrong-password',
    ACCESS_DENIED: 'session-denied',
    NOT_SUPPORTED: 'session-denied',
    NETWORK_ACCESS_DENIED: 'session-denied',
    ACCOUNT_DISABLED: 'account-barred',
    ACCOUNT_EXPIRED: 'account-barred',
    ACCOUNT_LOCKED_OUT: 'account-barred',
    ACCOUNT_RESTRICTION: 'account-barred',
    INVALID_LOGON_HOURS: 'account-barred',
    INVALID_WORKSTATION: 'account-barred',
    LOGON_TYPE_NOT_GRANTED: 'account-barred',
    PASSWORD_EXPIRED: 'account-barred',
    PASSWORD_MUST_CHANGE: 'account-barred',
  },
  share: {
    BAD_NETWORK_NAME: 'no-share',
    OBJECT_NAME_NOT_FOUND: 'no-share',
    ACCESS_DENIED: 'share-denied',
  },
  work: {
    OBJECT_NAME_NOT_FOUND: 'missing',
    OBJECT_PATH_NOT_FOUND: 'missing',
    NO_SUCH_FILE: 'missing',
    NOT_A_DIRECTORY: 'missing',
    ACCESS_DENIED: 'denied',
    CANNOT_DELETE: 'denied',
    MEDIA_WRITE_PROTECTED: 'read-only',
    OBJECT_NAME_COLLISION: 'exists',
    DIRECTORY_NOT_EMPTY: 'not-empty',
    SHARING_VIOLATION: 'in-use',
    FILE_LOCK_CONFLICT: 'in-use',
    DELETE_PENDING: 'in-use',
    DISK_FULL: 'full',
    QUOTA_EXCEEDED: 'full',
  },
};

export function meaningOf({ phase, status }: SmbTrouble): Known {
  const name = status.slice('NT_STATUS_'.length);
  return meanings[phase][name] ?? onTheWay[name] ?? 'other';
}

/**
 * A name, filled up to 30 bytes, seven places for attributes, the size, and a date as C writes it. Read from its end,
 * because a name may look like all of that.
 */
const entryLine =
  /^ {2}([^\n]*)([ A-Za-z]{7}) (\d{9,}|[ \d]{8}) {2}[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4,}$/;

/** What `ls` has listed, without the folder itself and the one above it. */
export function parseList(output: string): readonly ShareEntry[] {
  return output.split('\n').flatMap((line) => {
    const [, padded, attributes = '', size] = entryLine.exec(line) ?? [];
    const name = padded?.replace(/ +$/, '');
    if (name === undefined || name === '.' || name === '..') return [];
    return [{ name, kind: attributes.includes('D') ? ('folder' as const) : ('file' as const), size: Number(size) }];
  });
}

/** What `ls` and `du` say of the disk, in bytes; `undefined` where they do not. */
export function parseFreeSpace(output: string): { readonly free: number; readonly total: number } | undefined {
  const line = /^\t\t(\d+) blocks of size (\d+)\. (\d+) blocks available$/m;
  const [, blocks, size, available] = line.exec(output) ?? [];
  if (blocks === undefined) return undefined;
  return { free: Number(available) * Number(size), total: Number(blocks) * Number(size) };
}
