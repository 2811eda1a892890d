import { isProblem, type Outcome } from '../checks/outcome.js';
import type { Clock } from '../ports/clock.js';

/** Between two looks at what may still settle. */
const pause = 5_000;

export interface Patience {
  /** By `clock.now()`. */
  readonly until: number;
  readonly clock: Clock;
  /** Says what is waited for, when that changes. */
  tell(line: string): void;
}

/** Looks again at what is wrong, until nothing is or the time is over. `again` answers with all outcomes. */
export async function untilWell(
  found: readonly Outcome[],
  again: (wrong: readonly Outcome[]) => Promise<readonly Outcome[]>,
  { until, clock, tell }: Patience,
  signal: AbortSignal,
  maySettle: (outcome: Outcome) => boolean = isProblem,
): Promise<readonly Outcome[]> {
  let outcomes = found;
  let said = '';
  for (;;) {
    const wrong = outcomes.filter(maySettle);
    if (wrong.length === 0 || clock.now() >= until) return outcomes;
    const waiting = `waiting: ${[...new Set(wrong.map(({ check }) => check.id))].join(', ')}`;
    if (waiting !== said) tell(waiting);
    said = waiting;
    await clock.sleep(Math.min(pause, until - clock.now()), signal);
    outcomes = await again(wrong);
  }
}
