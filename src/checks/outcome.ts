import type { Check, Evidence, Fix, Remedy } from './check.js';

export const statuses = ['pass', 'warn', 'fail', 'skip', 'unknown', 'crash', 'suppressed'] as const;
export type Status = (typeof statuses)[number];

/** What came of a check on one subject. The one model that every format is made from. */
export interface Outcome {
  readonly check: Check;
  /** `admin`, or the name of the node whose machine looked. */
  readonly observedFrom: string;
  /** The node it is about; `null` where it is about the cluster. */
  readonly node: string | null;
  readonly status: Status;
  /** What is wrong, or why it was skipped or could not be told; `null` when it passed. */
  readonly problem: string | null;
  readonly remedy: Remedy | null;
  readonly evidence: Evidence;
  readonly durationMs: number;
  readonly fix: Fix | null;
}

export type Counts = Readonly<Record<Status, number>>;

export function countStatuses(outcomes: readonly Pick<Outcome, 'status'>[]): Counts {
  const counts = Object.fromEntries(statuses.map((status) => [status, 0])) as Record<Status, number>;
  for (const { status } of outcomes) counts[status]++;
  return counts;
}

/** The worst there is; what is unknown, or crashed, is as bad as what failed. */
export function overall(outcomes: readonly Pick<Outcome, 'status'>[]): 'pass' | 'warn' | 'fail' {
  const { warn, fail, unknown, crash } = countStatuses(outcomes);
  if (fail + unknown + crash > 0) return 'fail';
  return warn > 0 ? 'warn' : 'pass';
}

/** Whether somebody has to look at it. */
export const isProblem = ({ status }: Pick<Outcome, 'status'>): boolean =>
  status === 'warn' || status === 'fail' || status === 'unknown' || status === 'crash';

/** What it is in every run: the same check on the same subject. */
export const keyOf = ({ check, node }: Pick<Outcome, 'check' | 'node'>): string =>
  node === null ? check.id : `${check.id} ${node.toLowerCase()}`;
