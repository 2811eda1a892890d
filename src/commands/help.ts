import type { Described } from './command.js';
import { environmentVariables } from './environment.js';
import { globalOptions } from './global-options.js';
import { longFlag } from './long-flag.js';

const width = 80;

/** The help of one command: what it does, examples first, then its own options and those that every command takes. */
export function renderCommandHelp({ name, summary, description, args, options, examples }: Described): string {
  const usage = ['octo-ha', name, ...args.map((arg) => (arg.startsWith('[') ? arg : `<${arg}>`)), '[options]'].join(
    ' ',
  );
  return [
    summary,
    ...(description === undefined ? [] : ['', ...wrap(description, 0)]),
    '',
    'Examples:',
    ...examples.flatMap(([line, does]) => [`  ${line}`, ...wrap(does, 6)]),
    '',
    `Usage: ${usage}`,
    ...section('Options', options),
    ...section('Every command takes', globalOptions),
    '',
    ...wrap(`Also by the environment: ${[...environmentVariables.values()].join(', ')}`, 0),
  ].join('\n');
}

/** The commands that begin with a word, such as `node`. */
export function renderGroupHelp(name: string, members: readonly Described[]): string {
  const examples = members.flatMap((member) => member.examples.slice(0, 1)).slice(0, 3);
  return [
    'Examples:',
    ...examples.flatMap(([line, does]) => [`  ${line}`, ...wrap(does, 6)]),
    '',
    `Usage: octo-ha ${name} <command>`,
    '',
    ...table(members.map((c) => [c.name, c.summary] as const)),
  ].join('\n');
}

/** The help of the whole: rendered when octo-ha is built, so that asking for it costs nothing. */
export function renderRootHelp(version: string, members: readonly Described[]): string {
  return [
    `octo-ha ${version}: set up, check and operate Octopus Deploy High Availability clusters`,
    '',
    'Examples:',
    '  octo-ha lab up --nodes 3       a practice cluster on this machine',
    '  octo-ha status                 the cluster on one screen',
    '  octo-ha node drain web-2       take a node out of service without losing a task',
    '',
    ...grouped(members),
    'Every command has its own help: octo-ha node drain --help',
  ].join('\n');
}

/** Commands by the first word of their names; one that is named nowhere here comes at the end. */
const groups: readonly (readonly [title: string, words: readonly string[]])[] = [
  ['The cluster', ['init', 'status', 'doctor', 'wait', 'explain']],
  ['Nodes and tasks', ['node', 'task', 'lb']],
  ['What was changed', ['operation', 'audit']],
  ['Set-up', ['database', 'context', 'config', 'completion']],
  ['Practice', ['lab']],
];

function grouped(members: readonly Described[]): readonly string[] {
  const wordOf = ({ name }: Described): string => name.split(' ')[0] ?? name;
  const known = new Set(groups.flatMap(([, words]) => words));
  const all = [...groups, ['More', members.map(wordOf).filter((word) => !known.has(word))] as const];
  const names = Math.max(...members.map(({ name }) => name.length));
  return all.flatMap(([title, words]) => {
    const here = members.filter((member) => words.includes(wordOf(member)));
    if (here.length === 0) return [];
    return [`${title}:`, ...table(here.map((c) => [c.name.padEnd(names), c.summary] as const)), ''];
  });
}

/** For a machine that knows no cluster yet. */
export function renderFirstSteps(members: readonly Described[]): string {
  const steps = [
    ['init', 'set up a cluster of yours'],
    ['context add NAME', 'a cluster that is there: where its database is'],
    ['lab up', 'a practice cluster on this machine'],
  ] as const;
  const there = steps.filter(([line]) => members.some(({ name }) => line === name || line.startsWith(`${name} `)));
  return [
    'This machine knows no cluster yet. Start with one of:',
    ...there.map(([line, does]) => `  ${`octo-ha ${line}`.padEnd(28)} ${does}`),
  ].join('\n');
}

function section(title: string, options: Described['options']): readonly string[] {
  const entries = Object.entries(options);
  if (entries.length === 0) return [];
  const rows = entries.map(([key, { short, value, help }]) => {
    const start = short === undefined ? '    ' : `-${short}, `;
    return [
      `${start}${longFlag(key)}${value === undefined ? '' : ` ${value}`}`,
      help.replace(/^\(--no-\w+\) /, ''),
    ] as const;
  });
  return ['', `${title}:`, ...table(rows)];
}

function table(rows: readonly (readonly [string, string])[]): readonly string[] {
  const first = Math.min(26, Math.max(...rows.map(([left]) => left.length))) + 4;
  return rows.flatMap(([left, right]) => {
    const lines = wrap(right, first);
    if (left.length + 2 >= first) return [`  ${left}`, ...lines];
    return [`  ${left}`.padEnd(first) + (lines[0] ?? '').trimStart(), ...lines.slice(1)];
  });
}

function wrap(text: string, indent: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && indent + line.length + 1 + word.length > width) {
      lines.push(' '.repeat(indent) + line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, ' '.repeat(indent) + line];
}
