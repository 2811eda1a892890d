import type { Paint } from '../ports/terminal.js';
import type { Proof } from '../setup/init/prove-cluster.js';
import type { StepProgress } from '../setup/steps.js';
import { visible } from './visible.js';

export interface StageReport {
  readonly stage: string;
  readonly steps: readonly StepProgress[];
  readonly proofs: readonly Proof[];
}

const marks = { pass: 'ok', fail: 'failed', unknown: 'not known', skip: 'skipped' } as const;

/** The whole on one page. What was done was told as it was done, so only what would be done is listed. */
export function initText(reports: readonly StageReport[], paint: Paint): string {
  const width = Math.max(...reports.map(({ stage }) => stage.length));
  return reports
    .flatMap((report) => [
      `${paint.bold(report.stage.padEnd(width))}  ${cameTo(report)}`,
      ...report.steps.filter(({ outcome }) => outcome === 'would be done').map(({ does }) => `  - ${visible(does)}`),
      ...report.proofs.map((proof) => proofLine(proof, paint)),
    ])
    .join('\n');
}

/** How often each came about: `2 done, 1 already done`. */
function cameTo({ steps, proofs }: StageReport): string {
  const outcomes = [...steps.map(({ outcome }) => outcome), ...proofs.map(({ status }) => marks[status])];
  const kinds = [...new Set<string>(outcomes)];
  return kinds.map((kind) => `${outcomes.filter((one) => one === kind).length} ${kind}`).join(', ') || 'nothing to do';
}

function proofLine({ title, status, says }: Proof, paint: Paint): string {
  const mark = marks[status].padEnd(9);
  const colour = status === 'pass' ? paint.green : status === 'fail' ? paint.red : paint.yellow;
  return `  ${colour(mark)}  ${title}${says === '' ? '' : `: ${shortened(visible(says))}`}`;
}

const shortened = (text: string): string => (text.length <= 200 ? text : `${text.slice(0, 199)}…`);
