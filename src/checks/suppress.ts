import { type Check, pass, skip, type Verdict, warn } from './check.js';
import { isProblem, type Outcome } from './outcome.js';

/** A finding that somebody lives with for a while. */
export interface Suppression {
  readonly check: string;
  /** Of one node only. */
  readonly node?: string | undefined;
  readonly reason: string;
  readonly owner: string;
  /** The first moment at which it no longer holds. */
  readonly expires: Date;
}

const covers = ({ check, node }: Suppression, outcome: Outcome): boolean =>
  check === outcome.check.id && (node === undefined || node.toLowerCase() === outcome.node?.toLowerCase());

/** The last day on which it holds, as its file says it. */
const lastDay = ({ expires }: Suppression): string => new Date(expires.getTime() - 1).toISOString().slice(0, 10);

/** The outcomes with the findings suppressed that a suppression covers and that is not over. What crashed stays. */
export function suppress(
  outcomes: readonly Outcome[],
  suppressions: readonly Suppression[],
  now: Date,
): readonly Outcome[] {
  return outcomes.map((outcome) => {
    if (!isProblem(outcome) || outcome.status === 'crash') return outcome;
    const by = suppressions.find((one) => one.expires > now && covers(one, outcome));
    if (by === undefined) return outcome;
    const why = `suppressed until the end of ${lastDay(by)} by ${by.owner}: ${by.reason}`;
    return { ...outcome, status: 'suppressed', problem: `${outcome.problem} (${why})` };
  });
}

/** Says what in the file has expired or covers nothing. Only checks that ran can show the latter. */
export function judgeSuppressions(
  suppressions: readonly Suppression[],
  outcomes: readonly Outcome[],
  known: readonly Pick<Check, 'id'>[],
  now: Date,
): Verdict {
  const told = suppressions.flatMap((one) => {
    const name = one.node === undefined ? one.check : `${one.check} on ${one.node}`;
    if (!known.some(({ id }) => id === one.check)) return [`${name}: there is no such check`];
    if (one.expires <= now) return [`${name} of ${one.owner} has expired at the end of ${lastDay(one)}`];
    const ran = outcomes.filter(({ check }) => check.id === one.check);
    if (ran.length === 0) return [];
    const used = ran.some((outcome) => covers(one, outcome) && outcome.status === 'suppressed');
    return used ? [] : [`${name} of ${one.owner} covers nothing`];
  });
  return told.length === 0 ? pass({ suppressions: suppressions.length }) : warn(told.join('; '));
}

/** Judged after all others, see `judgeSuppressions`. */
export const suppressionCheck: Check = {
  kind: 'cluster',
  id: 'octo-ha/suppressions',
  title: 'every suppression is in use and not over',
  why: 'A finding that was put aside for a while has to come back; one that is gone should not hide the next of its kind.',
  cure: { text: 'Remove the entry from the file, or agree on a new day.' },
  run: async () => skip('no file of suppressions is named (--suppressions, or doctor.suppressions in the context)'),
};
