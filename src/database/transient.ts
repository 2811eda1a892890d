/** What trouble with the server promises: over soon, over once another session gives way, or there to stay. */
export type Outlook = 'transient' | 'backs-off' | 'permanent';

/** What is known of an error: the server's number, the codes of the socket and its causes, the server's text. */
interface Symptom {
  readonly number?: number | undefined;
  readonly codes?: readonly string[];
  readonly message?: string;
}

const deadlockVictim = 1205;
const lockTimeout = 1222;

/** The server answered, or the network spoke for it: asked again, it may well do what it refused. */
const transientNumbers = new Set([
  64, // the connection broke during the login
  121, // the semaphore time-out of Windows' network layer
  233, // no process at the other end of the pipe
  deadlockVictim,
  976, // not readable: the availability group is moving
  978, // read-only intent is demanded: likewise
  983, // the availability database is resolving its role
  3906, // read-only: the replica was just made a secondary
  4060, // cannot open the database: starting, or moving
  4221, // a readable secondary still waits for row versions
  10053,
  10054,
  10060,
  10928, // Azure SQL: a resource limit
  10929,
  18401, // the server is upgrading its own databases
  40197, // Azure SQL: reconfiguring
  40501, // Azure SQL: busy
  40613, // Azure SQL: not available right now
  49918, // Azure SQL: not enough resources to process the request
  49919,
  49920,
]);

const brokenSocket = new Set([
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNCLOSED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EINVALIDSTATE',
  'EPIPE',
  'ESOCKET',
  'ETIMEDOUT',
]);

/** Sockets whose trouble is a matter of names, certificates or routes, although the driver calls them broken. */
const permanentCodes =
  /^(ENOTFOUND|EHOSTUNREACH|ENETUNREACH|ENOENCRYPTION|EACCES|EPROTO|(ERR_(SSL|TLS)|CERT|DEPTH_ZERO|HOSTNAME|INVALID|SELF_SIGNED|UNABLE_TO)_)/;

/** Told while the server worked: it may have committed before. */
const cutShort = new Set([64, 121, 233, 10053, 10054, 10060, 40197]);

export function outlook({ number, codes = [], message = '' }: Symptom): Outlook {
  // Servers that speak TDS without being SQL Server have no number of their own for it.
  if (number === lockTimeout || /due to lock timeout/i.test(message)) return 'backs-off';
  if (number !== undefined) return transientNumbers.has(number) ? 'transient' : 'permanent';
  if (codes.some((code) => permanentCodes.test(code))) return 'permanent';
  return codes.some((code) => brokenSocket.has(code)) ? 'transient' : 'permanent';
}

/** A change that failed so is rolled back by the server, and may be tried again. */
export const isRolledBack = (symptom: Symptom): boolean =>
  symptom.number === deadlockVictim || outlook(symptom) === 'backs-off';

/** Nobody can tell whether a change that failed so was made. From severity 20 on the server ends the connection. */
export const isInDoubt = (number: number | undefined, severity: number): boolean =>
  number === undefined || cutShort.has(number) || severity >= 20;

/** How often in all something is tried, and how long it rests before it is tried again. */
const patience = {
  transient: { attempts: 4, first: 200 },
  'backs-off': { attempts: 3, first: 1000 },
  permanent: { attempts: 1, first: 0 },
} as const satisfies Record<Outlook, { attempts: number; first: number }>;

const longestPause = 3000;

/** Milliseconds to rest after the attempt of that number (from 1) has failed; `null` when it was the last one. */
export function pauseAfter(attempt: number, expected: Outlook): number | null {
  const { attempts, first } = patience[expected];
  return attempt >= attempts ? null : Math.min(longestPause, first * 2 ** (attempt - 1));
}
