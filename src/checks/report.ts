import type { PastFinding, PastRun } from '../cluster/doctor-run.js';
import type { Node } from '../cluster/node.js';
import type { ClusterIdentity } from '../cluster/status.js';
import { type Counts, countStatuses, isProblem, keyOf, type Outcome, overall } from './outcome.js';

/** What has changed since an earlier run of the same selection. */
export interface Changes {
  readonly since: Date;
  readonly new: readonly PastFinding[];
  readonly still: readonly PastFinding[];
  readonly gone: readonly PastFinding[];
}

/** One run as every format shows it. */
export interface Report {
  readonly at: Date;
  readonly durationMs: number;
  /** `null` where the cluster could not be read. */
  readonly cluster: ClusterIdentity | null;
  readonly nodes: readonly Node[];
  readonly balancer: string | null;
  readonly storage: readonly string[];
  readonly verdict: 'pass' | 'warn' | 'fail';
  readonly counts: Counts;
  readonly outcomes: readonly Outcome[];
  /** Earlier runs, newest first. */
  readonly history: readonly PastRun[];
  readonly changes: Changes | null;
}

/** What counts and verdict follow from. */
export const summed = (outcomes: readonly Outcome[]): Pick<Report, 'verdict' | 'counts' | 'outcomes'> => ({
  verdict: overall(outcomes),
  counts: countStatuses(outcomes),
  outcomes,
});

export const findingsOf = (outcomes: readonly Outcome[]): readonly PastFinding[] =>
  outcomes
    .filter(isProblem)
    .map((outcome) => ({ key: keyOf(outcome), status: outcome.status, problem: outcome.problem ?? '' }));

/** By check and node; another wording of the same finding is still the same. */
export function compare(outcomes: readonly Outcome[], before: PastRun): Changes {
  const now = findingsOf(outcomes);
  const known = new Set(before.findings.map(({ key }) => key));
  const standing = new Set(now.map(({ key }) => key));
  return {
    since: before.at,
    new: now.filter(({ key }) => !known.has(key)),
    still: now.filter(({ key }) => known.has(key)),
    gone: before.findings.filter(({ key }) => !standing.has(key)),
  };
}

/** Whether the verdict is one to fail for. */
export function isAtOrAbove(verdict: Report['verdict'], failOn: 'warn' | 'fail' | 'never'): boolean {
  if (failOn === 'never') return false;
  return verdict === 'fail' || (verdict === 'warn' && failOn === 'warn');
}
