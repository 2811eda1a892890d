import { subjectOf, subjects } from '../checks/check.js';
import { countStatuses, isProblem, type Outcome, overall } from '../checks/outcome.js';
import type { Paint } from '../ports/terminal.js';
import type { StepProgress } from '../setup/steps.js';
import { outcomeJson } from './doctor/json.js';
import { countsText, findingLine } from './doctor/text.js';
import { visible } from './visible.js';

export interface StageReport {
  readonly stage: string;
  readonly steps: readonly StepProgress[];
  /** What the checks of doctor said of it. */
  readonly outcomes: readonly Outcome[];
  /** The proof of the whole, told by subject. */
  readonly isProof?: boolean;
}

/** More findings than this do not fit the page; doctor tells them all. */
const mostFindings = 6;

/** The whole on one page. What was done was told as it was done, so only what would be done is listed. */
export function initText(reports: readonly StageReport[], paint: Paint): string {
  const width = Math.max(...reports.map(({ stage }) => stage.length));
  return reports
    .flatMap((report) => [
      `${paint.bold(report.stage.padEnd(width))}  ${cameTo(report)}`,
      ...report.steps.filter(({ outcome }) => outcome === 'would be done').map(({ does }) => `  - ${visible(does)}`),
      ...(report.isProof === true ? proofLines(report.outcomes, paint) : []),
    ])
    .join('\n');
}

export const stageJson = ({ stage, steps, outcomes }: StageReport) => ({
  stage,
  steps,
  results: outcomes.map(outcomeJson),
});

/** How often each came about: `2 done, 1 already done`. */
function cameTo({ steps, outcomes }: StageReport): string {
  const kinds = [...new Set(steps.map(({ outcome }) => outcome))];
  const done = kinds.map((kind) => `${steps.filter(({ outcome }) => outcome === kind).length} ${kind}`);
  const checked = outcomes.length === 0 ? [] : [`checks: ${countsText(countStatuses(outcomes))}`];
  return [...done, ...checked].join(', ') || 'nothing to do';
}

const marks = { pass: '√', warn: '!', fail: '×' } as const;
const colors = { pass: 'green', warn: 'yellow', fail: 'red' } as const;

/** A line for each subject, and one for each of the worst findings. */
function proofLines(outcomes: readonly Outcome[], paint: Paint): readonly string[] {
  const lines = subjects.flatMap((subject) => {
    const of = outcomes.filter(({ check }) => subjectOf(check) === subject);
    if (of.length === 0) return [];
    const worst = overall(of);
    return [`  ${paint[colors[worst]](marks[worst])} ${subject.padEnd(13)}  ${countsText(countStatuses(of))}`];
  });
  const isMild = ({ status }: Outcome) => (status === 'warn' ? 1 : 0);
  const findings = outcomes.filter(isProblem).toSorted((a, b) => isMild(a) - isMild(b));
  const more = findings.length - mostFindings;
  return [
    ...lines,
    ...findings.slice(0, mostFindings).map((finding) => `  ${shortened(findingLine(finding, paint))}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
    ...(findings.length > 0 ? ['  The remedies: octo-ha doctor --probe'] : []),
  ];
}

const shortened = (text: string): string => (text.length <= 150 ? text : `${text.slice(0, 149)}…`);
