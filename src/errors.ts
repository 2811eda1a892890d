/**
 * Why a command did not end as asked. Scripts rely on these numbers, so a kind is never given another one;
 * `changed` says what stands in the cluster afterwards.
 */
export const exitCodes = {
  failed: { code: 1, meaning: 'failed, nothing left half-done', changed: 'no' },
  usage: { code: 2, meaning: 'usage or configuration', changed: 'no' },
  refused: { code: 3, meaning: 'refused by a guard, or consent is missing', changed: 'no' },
  unhealthy: { code: 4, meaning: 'checks found problems', changed: 'no' },
  deadline: { code: 5, meaning: 'deadline reached; can be resumed', changed: 'partly' },
  partial: {
    code: 6,
    meaning: 'partly done, or stopped because the world changed under it; can be resumed',
    changed: 'partly',
  },
  unknown: {
    code: 7,
    meaning: 'result unknown: contact was lost in the middle of an effect',
    changed: 'unknown',
  },
  busy: { code: 8, meaning: 'another operation holds the cluster', changed: 'no' },
  unreachable: { code: 9, meaning: 'cannot reach or log in to something', changed: 'no' },
  unverified: { code: 11, meaning: 'done, but verifying it afterwards failed', changed: 'yes' },
  'tasks-ended': { code: 12, meaning: 'done, but tasks ended because of octo-ha', changed: 'yes' },
  bug: { code: 70, meaning: 'a bug in octo-ha', changed: 'see the journal' },
  interrupted: { code: 130, meaning: 'interrupted (Ctrl-C)', changed: 'see the journal' },
  terminated: { code: 143, meaning: 'ended by SIGTERM', changed: 'see the journal' },
  'hung-up': { code: 129, meaning: 'ended by SIGHUP', changed: 'see the journal' },
} as const satisfies Record<string, { code: number; meaning: string; changed: string }>;

export type FailureKind = keyof typeof exitCodes;

/** A failure the person can act on. Anything else that is thrown is a bug in octo-ha. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly kind: FailureKind;
  /** One sentence with what to do or type next. */
  readonly hint: string | undefined;
  /** What stands all the same, for `--json`. */
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(
    kind: FailureKind,
    message: string,
    options: { hint?: string | undefined; cause?: unknown; details?: Readonly<Record<string, unknown>> } = {},
  ) {
    super(message, { cause: options.cause });
    this.kind = kind;
    this.hint = options.hint;
    this.details = options.details;
  }
}

/** For `catch`: nothing where a `Failure` tells why, if it can be done without; an end that was asked for goes on. */
export const unlessFailure =
  (signal: AbortSignal) =>
  (error: unknown): undefined => {
    signal.throwIfAborted();
    if (error instanceof Failure) return undefined;
    throw error;
  };
