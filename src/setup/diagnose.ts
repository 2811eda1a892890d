import type { Check } from '../checks/check.js';
import { isProblem, keyOf, type Outcome } from '../checks/outcome.js';
import { requireJudged } from '../checks/require.js';
import { runChecks } from '../checks/run-checks.js';
import type { Selection } from '../checks/select.js';
import { judgeSuppressions, type Suppression, suppress, suppressionCheck } from '../checks/suppress.js';
import type { World } from '../checks/world.js';
import type { Clock } from '../ports/clock.js';

export interface Diagnosing {
  readonly selection: Selection;
  readonly from: readonly string[] | undefined;
  readonly jobs: number;
  /** Milliseconds for one check. */
  readonly deadline: number;
  readonly suppressions: readonly Suppression[] | undefined;
  readonly required: readonly string[];
  readonly known: readonly Check[];
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Hears of each outcome as it is known, in the order of the report. */
  readonly onOutcome?: (outcome: Outcome) => void;
}

/** Runs a selection of checks once. What was needed and not asked for is told only where it is a problem. */
export async function diagnose(world: World, options: Diagnosing): Promise<readonly Outcome[]> {
  const { selection, suppressions, clock, onOutcome } = options;
  const now = new Date(clock.now());
  const asked = new Set(selection.asked.map(({ id }) => id));
  const settled = (outcome: Outcome): Outcome => {
    const [after = outcome] = requireJudged(suppress([outcome], suppressions ?? [], now), options.required);
    return after;
  };
  const told: Outcome[] = [];
  const tell = (outcome: Outcome) => {
    told.push(outcome);
    onOutcome?.(outcome);
  };
  for await (const outcome of runChecks(selection.run, world, options)) {
    if (outcome.check.id === suppressionCheck.id && suppressions !== undefined) continue;
    if (asked.has(outcome.check.id) || isProblem(outcome)) tell(settled(outcome));
  }
  if (suppressions !== undefined && suppressions.length > 0) {
    const verdict = judgeSuppressions(suppressions, told, options.known, now);
    const judged: Check = { ...suppressionCheck, kind: 'cluster', run: async () => verdict };
    for await (const outcome of runChecks([judged], world, { ...options, from: undefined })) tell(settled(outcome));
  }
  return inOrder(told, selection.asked);
}

/** As asked: with a tag that is the likeliest cause first. */
function inOrder(outcomes: readonly Outcome[], asked: readonly Check[]): readonly Outcome[] {
  const place = ({ check }: Outcome) => asked.findIndex(({ id }) => id === check.id);
  return outcomes.toSorted((a, b) => place(a) - place(b));
}

/** The outcomes with those of a later run in the place of theirs. */
export function replaced(outcomes: readonly Outcome[], later: readonly Outcome[]): readonly Outcome[] {
  const fresh = new Map(later.map((outcome) => [keyOf(outcome), outcome]));
  return outcomes.map((outcome) => fresh.get(keyOf(outcome)) ?? outcome);
}
