import { type Check, subjectOf } from '../../checks/check.js';
import { type Counts, isProblem, type Outcome, type Status } from '../../checks/outcome.js';
import type { Changes, Report } from '../../checks/report.js';
import { formatDuration } from '../../cluster/duration.js';
import type { Paint } from '../../ports/terminal.js';
import { visible } from '../visible.js';

/** Which outcomes are told one by one; each includes those before it. */
export const levels = ['fail', 'warn', 'skip', 'all'] as const;
export type Level = (typeof levels)[number];

const shownAt: Record<Status, Level> = {
  fail: 'fail',
  unknown: 'fail',
  crash: 'fail',
  warn: 'warn',
  suppressed: 'skip',
  skip: 'skip',
  pass: 'all',
};

const isShown = ({ status }: Outcome, level: Level): boolean =>
  levels.indexOf(shownAt[status]) <= levels.indexOf(level);

const marks: Record<Status, string> = {
  pass: '√',
  warn: '!',
  fail: '×',
  skip: '-',
  unknown: '?',
  crash: '×',
  suppressed: '~',
};

const colors: Record<Status, 'green' | 'yellow' | 'red' | 'dim'> = {
  pass: 'green',
  warn: 'yellow',
  fail: 'red',
  skip: 'dim',
  unknown: 'red',
  crash: 'red',
  suppressed: 'dim',
};

/** What was found and how to mend it; one line where all is well. */
export function doctorText(report: Report, level: Level, paint: Paint): string {
  const changes = report.changes === null ? [] : [changesText(report.changes, paint)];
  return [...outcomesText(report.outcomes, level, paint), ...changes, summaryText(report, level, paint)].join('\n');
}

/** Each outcome of that level, with its remedy; what was skipped at the end. */
export function outcomesText(outcomes: readonly Outcome[], level: Level, paint: Paint): readonly string[] {
  const shown = outcomes.filter((outcome) => isShown(outcome, level));
  return [
    ...shown.filter(({ status }) => status !== 'skip').map((outcome) => outcomeText(outcome, paint)),
    ...skippedText(shown, paint),
  ];
}

/** The same in a line of its own each, without remedies. */
export const findingLine = ({ check, node, status, problem }: Outcome, paint: Paint): string =>
  `${paint[colors[status]](marks[status])} ${check.id}${node === null ? '' : ` ${visible(node)}`}: ${visible(problem ?? check.title)}`;

/** How many came out how: `12 passed, 1 warning`. */
export function countsText(counts: Counts): string {
  const parts: readonly (readonly [number, string])[] = [
    [counts.fail, 'failed'],
    [counts.unknown, 'not known'],
    [counts.crash, 'crashed'],
    [counts.warn, counts.warn === 1 ? 'warning' : 'warnings'],
    [counts.pass, 'passed'],
    [counts.suppressed, 'suppressed'],
    [counts.skip, 'skipped'],
  ];
  const words = parts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`);
  return words.join(', ') || 'nothing was checked';
}

function outcomeText(outcome: Outcome, paint: Paint): string {
  const { check, node, observedFrom, status, problem, remedy } = outcome;
  const where = node === null ? '' : ` ${visible(node)}:`;
  const color = paint[colors[status]];
  const claim = problem === null ? check.title : visible(problem);
  const head = `${color(marks[status])} ${check.id}${where} ${claim}`;
  if (!isProblem(outcome)) return head;
  const said =
    status === 'unknown' ? 'not known' : status === 'crash' ? 'octo-ha could not finish this check' : 'not so';
  const seenFrom = observedFrom === 'admin' ? '' : `, seen on ${visible(observedFrom)}`;
  return [
    head,
    paint.dim(`    ${said}: ${check.title}${seenFrom}`),
    ...(remedy === null
      ? []
      : [`    ${visible(remedy.text)}`, ...(remedy.commands ?? []).map((line) => `    $ ${visible(line)}`)]),
  ].join('\n');
}

/** One reason often holds for many checks. */
function skippedText(outcomes: readonly Outcome[], paint: Paint): readonly string[] {
  const byReason = new Map<string, Set<string>>();
  for (const { check, status, problem } of outcomes) {
    if (status !== 'skip') continue;
    const reason = problem ?? '';
    byReason.set(reason, (byReason.get(reason) ?? new Set()).add(check.id));
  }
  return [...byReason].map(
    ([reason, ids]) => `${paint.dim('- skipped:')} ${visible(reason)}\n    ${[...ids].join(', ')}`,
  );
}

function summaryText({ counts, verdict, durationMs, cluster }: Report, level: Level, paint: Paint): string {
  const hint = counts.skip > 0 && levels.indexOf(level) < levels.indexOf('skip') ? '; why: --show skip' : '';
  const name = cluster === null ? 'the cluster' : (cluster.context ?? cluster.database);
  const said = { pass: paint.green('healthy'), warn: paint.yellow('needs a look'), fail: paint.red('unhealthy') }[
    verdict
  ];
  return `${visible(name)} ${said}: ${countsText(counts)} in ${formatDuration(durationMs)}${hint}`;
}

function changesText({ since, new: fresh, gone, still }: Changes, paint: Paint): string {
  const line = (mark: string, { key, problem }: { readonly key: string; readonly problem: string }) =>
    `${mark} ${key}: ${visible(problem)}`;
  const when = `${since.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
  if (fresh.length === 0 && gone.length === 0)
    return paint.dim(`nothing has changed since ${when} (${still.length} still there)`);
  return [
    paint.dim(`since ${when}: ${fresh.length} new, ${gone.length} gone, ${still.length} still there`),
    ...fresh.map((finding) => paint.red(line('new ', finding))),
    ...gone.map((finding) => paint.green(line('gone', finding))),
  ].join('\n');
}

/** Every check by subject, for `--list`. */
export function checkListText(checks: readonly Check[], paint: Paint): string {
  const lines: string[] = [];
  let subject = '';
  for (const check of checks) {
    if (subjectOf(check) !== subject) {
      subject = subjectOf(check);
      lines.push(...(lines.length === 0 ? [] : ['']), paint.bold(subject));
    }
    lines.push(`  ${check.id.padEnd(34)} ${check.title}${check.kind === 'node' ? paint.dim(' (each node)') : ''}`);
  }
  return lines.join('\n');
}
