import { type Check, subjectOf, subjects } from '../../checks/check.js';
import { declarations } from '../../checks/declared.js';
import { formatLimit, type LimitName, limitTable } from '../../checks/limits.js';
import { type Tag, tags } from '../../checks/tags.js';

/** What `explain` says of a check, and the page of all checks. */
export function explainCheck(check: Check): string {
  const { title, why, cure, needs = [] } = check;
  return [
    `Passes when: ${title}.`,
    why,
    `Looks: ${lookOf(check)}.`,
    ...(needs.length === 0 ? [] : [`Skipped unless these pass: ${needs.join(', ')}.`]),
    `Cure: ${cure.text}`,
    ...(cure.commands ?? []).map((line) => `  ${line}`),
  ].join('\n');
}

const lookOf = (check: Check): string => {
  if (check.kind === 'cluster') return 'from the admin machine, once';
  return check.from === 'admin' ? 'from the admin machine, at each node' : "on each node's machine";
};

/** docs/checks.md, from the same values as `explain`. */
export function checksPage(checks: readonly Check[]): string {
  return [
    '# Checks',
    '',
    'What `octo-ha doctor` looks at. `octo-ha explain ID` says the same, offline. This page is generated: `npm run docs`',
    'writes it anew.',
    '',
    `There are ${checks.length}. Each outcome is *pass*, *warn*, *fail*, *skip* (with the reason), *unknown* or *crash*; the last two count as *fail*.`,
    '',
    '## Questions',
    '',
    '`doctor --tag NAME` runs the checks that answer a question, the likeliest cause first.',
    '',
    ...(Object.keys(tags) as Tag[]).map(
      (tag) => `- \`${tag}\`: ${tags[tag].asks} ${tags[tag].checks.map((id) => `\`${id}\``).join(', ')}`,
    ),
    '',
    '## Limits',
    '',
    "Octopus documents none of these: they are octo-ha's own. `doctor.limits` in the context file, or `--limit NAME=VALUE`, sets another.",
    '',
    '| limit | what | value |',
    '|---|---|---|',
    ...(Object.keys(limitTable) as LimitName[]).map(
      (name) => `| \`${name}\` | ${limitTable[name].what} | ${formatLimit(name, limitTable[name].initial)} |`,
    ),
    '',
    '## What only people know',
    '',
    'The context file says when somebody last saw to it; nobody can check more:',
    '',
    '```yaml',
    'contexts:',
    '  prod:',
    '    balancerUrl: https://octopus.example.com',
    '    doctor:',
    '      declared:',
    ...declarations.map((name) => `        ${name}: 2026-11-24`),
    '```',
    '',
    '## Putting a finding aside',
    '',
    '`--suppressions FILE`, or `doctor.suppressions` in the context, names a file such as this. An entry holds until the end',
    'of its day, in UTC; one that has expired, or covers nothing, is a finding itself. A crash cannot be put aside.',
    '',
    '```yaml',
    'suppressions:',
    '  - check: nodes/equal-caps',
    '    node: web-3 # only where a check looks at each node',
    '    reason: a canary',
    '    owner: anna',
    '    expires: 2027-01-31',
    '```',
    ...subjects.flatMap((subject) => [
      '',
      `## ${subject}`,
      ...checks.filter((check) => subjectOf(check) === subject).flatMap(section),
    ]),
    '',
  ].join('\n');
}

const section = (check: Check): readonly string[] => [
  '',
  `### \`${check.id}\``,
  '',
  `**${check.title}**. ${markdown(check.why)}`,
  '',
  `Looks ${lookOf(check)}.${check.needs === undefined ? '' : ` Skipped unless these pass: ${check.needs.map((id) => `\`${id}\``).join(', ')}.`}`,
  '',
  `Cure: ${markdown(check.cure.text)}`,
  ...(check.cure.commands === undefined ? [] : ['', '```', ...check.cure.commands, '```']),
];

/** Our own sentences: only what Markdown would swallow. */
const markdown = (text: string): string => text.replaceAll('\\', '\\\\').replace(/_(?=\w)/g, '\\_');
