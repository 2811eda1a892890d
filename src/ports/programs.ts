export interface Ended {
  /** `null` where a signal ended it. */
  readonly code: number | null;
  /** What it printed on both streams, its end where it was long. */
  readonly output: string;
}

/** Programs of this admin machine. */
export interface Programs {
  /**
   * Runs a program to its end, without a shell. Rejects with a `Failure` of kind `usage` where there is no such program,
   * and of kind `deadline` after `timeout` milliseconds.
   */
  run(words: readonly string[], options: { readonly timeout: number }, signal: AbortSignal): Promise<Ended>;
}
