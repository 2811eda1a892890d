/** A finding of a past run. */
export interface PastFinding {
  /** The check, and the node where it is about one. */
  readonly key: string;
  readonly status: string;
  readonly problem: string;
}

/** A run of doctor as it is kept with the cluster. */
export interface PastRun {
  readonly id: string;
  readonly at: Date;
  readonly who: string;
  /** The words and tag that were asked for; empty is everything. */
  readonly selection: string;
  readonly verdict: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly findings: readonly PastFinding[];
  readonly durationMs: number;
}
