/** What a driver's error tells, whichever of its shapes it has. */
export interface Trouble {
  /** Nothing of the request has reached the server. */
  readonly unsent: boolean;
  /** The driver cancelled the request because nobody answered. */
  readonly timedOut: boolean;
  /** The server's number; without it, contact was lost or never made. */
  readonly number?: number;
  /** From 20 on the server ends the connection. */
  readonly severity: number;
  /** Codes of the error and of what lies behind it, outermost first. */
  readonly codes: readonly string[];
  readonly message: string;
  readonly cause: unknown;
}

/** Errors of a request that the driver raises itself before it sends anything. */
const beforeSending = new Set(['EINVALIDSTATE', 'ENOTOPEN', 'EPARAM', 'EARGS']);

export function troubleOf(cause: unknown): Trouble {
  const errors = unfold(cause);
  const [outer] = errors;
  const codes = errors.flatMap(({ code }) => (typeof code === 'string' ? [code] : []));
  const numbered = [...spoken(cause), ...errors].find(({ number }) => typeof number === 'number');
  const messages = spoken(cause).map(({ message }) => message);
  return {
    unsent: isConnecting(outer) || codes.some((code) => beforeSending.has(code)),
    timedOut: codes.includes('ETIMEOUT'),
    ...(typeof numbered?.number === 'number' ? { number: numbered.number } : {}),
    severity: typeof numbered?.class === 'number' ? numbered.class : 0,
    codes,
    message: messages.length > 0 ? [...new Set(messages)].join(' ') : (errors.at(-1)?.message ?? String(cause)),
    cause,
  };
}

interface DriverError extends Error {
  readonly code?: unknown;
  readonly number?: unknown;
  readonly class?: unknown;
}

/** Failing to get a connection is of the pool's error class; whatever fails on one is of another. */
const isConnecting = (error: DriverError | undefined) =>
  error?.name === 'ConnectionError' || error?.name === 'TimeoutError';

/** The server's own errors of one answer, first cause first. */
function spoken(error: unknown): readonly DriverError[] {
  if (!(error instanceof Error)) return [];
  const before = 'precedingErrors' in error && Array.isArray(error.precedingErrors) ? error.precedingErrors : [];
  return [...(before as DriverError[]), error as DriverError].filter(({ number }) => typeof number === 'number');
}

/** An error with all that it wraps. */
function unfold(error: unknown): readonly DriverError[] {
  if (!(error instanceof Error)) return [];
  const wrapped = [
    ...('originalError' in error ? [error.originalError] : []),
    ...('errors' in error && Array.isArray(error.errors) ? error.errors : []),
    error.cause,
  ];
  return [error as DriverError, ...wrapped.flatMap(unfold)];
}
