import { checks } from '../checks/index.js';
import { isProblem, type Outcome } from '../checks/outcome.js';
import type { Report } from '../checks/report.js';
import { type Selection, selectChecks } from '../checks/select.js';
import type { Context } from './context.js';

/** Between two looks at what may still settle. */
const pause = 5_000;

/** Looks again at what is wrong, until nothing is or the time is over. */
export async function waitUntilWell(
  found: () => readonly Outcome[],
  again: (some: readonly Outcome[]) => Promise<void>,
  until: number,
  { clock, terminal, signal }: Context,
): Promise<void> {
  let said = '';
  for (
    let wrong = found().filter(isProblem);
    wrong.length > 0 && clock.now() < until;
    wrong = found().filter(isProblem)
  ) {
    const waiting = `waiting: ${[...new Set(wrong.map(({ check }) => check.id))].join(', ')}`;
    if (waiting !== said) terminal.say(waiting);
    said = waiting;
    await clock.sleep(Math.min(pause, until - clock.now()), signal);
    await again(wrong);
  }
}

/** The checks of these outcomes, and what they need. */
export const sameChecks = (outcomes: readonly Outcome[]): Selection =>
  selectChecks(checks, { words: [...new Set(outcomes.map(({ check }) => check.id))], tag: undefined, required: [] });

/** Whether the verdict is one to fail for. */
export function isAtOrAbove(verdict: Report['verdict'], failOn: 'warn' | 'fail' | 'never'): boolean {
  if (failOn === 'never') return false;
  return verdict === 'fail' || (verdict === 'warn' && failOn === 'warn');
}
