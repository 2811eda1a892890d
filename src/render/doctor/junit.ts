import { subjectOf, subjects } from '../../checks/check.js';
import type { Outcome } from '../../checks/outcome.js';
import type { Report } from '../../checks/report.js';
import { visible } from '../visible.js';
import { wellFormed } from './escape.js';

/** As build servers read it: a suite a subject. A warning is a test that passed with something to say. */
export function doctorJunit({ outcomes, durationMs, at }: Report): string {
  const suites = subjects.flatMap((subject) => {
    const of = outcomes.filter(({ check }) => subjectOf(check) === subject);
    return of.length === 0 ? [] : [suite(subject, of, at)];
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="octo-ha doctor" ${totals(outcomes)} time="${seconds(durationMs)}">`,
    ...suites,
    '</testsuites>',
    '',
  ].join('\n');
}

const suite = (name: string, outcomes: readonly Outcome[], at: Date): string =>
  [
    `  <testsuite name="${attribute(name)}" ${totals(outcomes)} skipped="${outcomes.filter(isSkipped).length}" time="${seconds(
      outcomes.reduce((sum, { durationMs }) => sum + durationMs, 0),
    )}" timestamp="${at.toISOString().slice(0, 19)}">`,
    ...outcomes.map(testcase),
    '  </testsuite>',
  ].join('\n');

const isSkipped = ({ status }: Outcome): boolean => status === 'skip' || status === 'suppressed';

const totals = (outcomes: readonly Outcome[]): string =>
  `tests="${outcomes.length}" failures="${outcomes.filter(({ status }) => status === 'fail').length}" errors="${
    outcomes.filter(({ status }) => status === 'unknown' || status === 'crash').length
  }"`;

function testcase({ check, node, observedFrom, status, problem, remedy, durationMs }: Outcome): string {
  const name = `${check.title}${node === null ? '' : ` (${node})`}`;
  const open = `    <testcase classname="${attribute(check.id)}" name="${attribute(name)}" time="${seconds(durationMs)}"`;
  const message = attribute(problem ?? '');
  const body = content([`seen from ${observedFrom}`, remedy?.text ?? '', ...(remedy?.commands ?? [])].join('\n'));
  switch (status) {
    case 'pass':
      return `${open}/>`;
    case 'skip':
    case 'suppressed':
      return `${open}><skipped message="${message}"/></testcase>`;
    case 'warn':
      return `${open}><system-out>${content(`warning: ${problem ?? ''}\n`)}${body}</system-out></testcase>`;
    case 'fail':
      return `${open}><failure type="fail" message="${message}">${body}</failure></testcase>`;
    case 'unknown':
    case 'crash':
      return `${open}><error type="${status}" message="${message}">${body}</error></testcase>`;
    default:
      return status satisfies never;
  }
}

const seconds = (milliseconds: number): string => (milliseconds / 1_000).toFixed(3);

/** XML takes neither control characters nor halves of surrogate pairs. */
const content = (text: string): string =>
  wellFormed(text)
    .split('\n')
    .map(visible)
    .join('\n')
    .replace(/[\uFFFE\uFFFF]/g, '·')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');

const attribute = (text: string): string => content(visible(text)).replaceAll('"', '&quot;');
