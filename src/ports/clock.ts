/** Time, so that a test of an hour's drain takes a millisecond. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Rejects with `signal.reason` when aborted. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** A signal that also aborts after `milliseconds`, with a `TimeoutError` as its reason. */
  within(milliseconds: number, signal: AbortSignal): Limit;
}

/** Has `work` done within so many milliseconds. Where they are over first it is aborted, and what `late` makes is thrown. */
export async function inTime<T>(
  clock: Pick<Clock, 'within'>,
  milliseconds: number,
  signal: AbortSignal,
  work: (limit: AbortSignal) => Promise<T>,
  late: () => Error,
): Promise<T> {
  using limit = clock.within(milliseconds, signal);
  try {
    return await work(limit);
  } catch (error) {
    // An error of its own is told as it is, also when it comes as the time is over.
    if (error !== limit.reason || signal.aborted) throw error;
    throw late();
  }
}

/** Disposed of when what it limits is over: until then, or until its time comes, `signal` is listened to. */
export type Limit = AbortSignal & Disposable;
