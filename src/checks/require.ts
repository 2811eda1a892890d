import type { Outcome } from './outcome.js';

/** What is required must have been judged: skipped or suppressed it is a failure. */
export const requireJudged = (outcomes: readonly Outcome[], required: readonly string[]): readonly Outcome[] =>
  outcomes.map((outcome) => {
    const { check, status, problem, remedy } = outcome;
    if (status !== 'skip' && status !== 'suppressed') return outcome;
    if (!required.some((word) => [check.id, check.id.split('/')[0]].includes(word.toLowerCase()))) return outcome;
    const done = status === 'skip' ? 'skipped' : 'suppressed';
    return { ...outcome, status: 'fail', problem: `required, and ${done}: ${problem}`, remedy: remedy ?? check.cure };
  });
