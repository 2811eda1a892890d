import { isProblem, type Outcome } from '../../checks/outcome.js';
import type { Report } from '../../checks/report.js';
import { visible } from '../visible.js';

/** As it can be pasted into a ticket. */
export function doctorMarkdown({ verdict, counts, outcomes, at, cluster }: Report): string {
  const problems = outcomes.filter(isProblem);
  const others = outcomes.filter((outcome) => !isProblem(outcome));
  const summary = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([status, count]) => `${count} ${status}`);
  return [
    `# ${escaped(cluster?.context ?? cluster?.database ?? 'octo-ha doctor')}: ${verdict}`,
    '',
    `${summary.join(', ')}, ${at.toISOString()}`,
    ...problems.flatMap((outcome) => ['', ...findingMarkdown(outcome)]),
    '',
    '## All checks',
    '',
    '| check | node | seen from | status | said |',
    '|---|---|---|---|---|',
    ...[...problems, ...others].map(
      ({ check, node, observedFrom, status, problem }) =>
        `| ${[check.id, node ?? '', observedFrom, status, problem ?? check.title].map(escaped).join(' | ')} |`,
    ),
    '',
  ].join('\n');
}

function findingMarkdown({ check, node, status, problem, remedy, evidence }: Outcome): readonly string[] {
  const seen = Object.entries(evidence).map(
    ([name, value]) => `- ${escaped(name)}: ${escaped(Array.isArray(value) ? value.join(', ') : String(value))}`,
  );
  return [
    `## ${escaped(check.id)}${node === null ? '' : ` on ${escaped(node)}`} (${status})`,
    '',
    escaped(problem ?? ''),
    ...(seen.length === 0 ? [] : ['', ...seen]),
    ...(remedy === null ? [] : ['', escaped(remedy.text)]),
    ...(remedy?.commands?.length ? ['', ...fenced(remedy.commands)] : []),
  ];
}

/** In one line, and without characters that mean something to Markdown, or to HTML inside it. */
const escaped = (text: string): string =>
  visible(text)
    .replace(/[\\`*_{}[\]<>()|~&!]/g, '\\$&')
    .replace(/^([#+=-]|\d+(?=[.)]))/, '\\$1');

/** A fence is longer than any run of backticks in what it holds. */
function fenced(lines: readonly string[]): readonly string[] {
  const plain = lines.map(visible);
  const longest = Math.max(2, ...plain.flatMap((line) => (line.match(/`+/g) ?? []).map(({ length }) => length)));
  const fence = '`'.repeat(longest + 1);
  return [fence, ...plain, fence];
}
