/** Time, so that a test of an hour's drain takes a millisecond. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Rejects with `signal.reason` when aborted. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** A signal that also aborts after `milliseconds`, with a `TimeoutError` as its reason. */
  within(milliseconds: number, signal: AbortSignal): Limit;
}

/** Disposed of when what it limits is over: until then, or until its time comes, `signal` is listened to. */
export type Limit = AbortSignal & Disposable;
