import type { Command, Option, Options } from './command.js';
import { globalOptions } from './global-options.js';
import { longFlag } from './long-flag.js';

const width = 80;

/** The help of one command: what it does, examples first, then its own options and those that every command takes. */
export function renderCommandHelp({ name, summary, description, args, options, examples }: Command): string {
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
  ].join('\n');
}

/** The commands that begin with a word, such as `node`. */
export function renderGroupHelp(name: string, members: readonly Command[]): string {
  return [`Usage: octo-ha ${name} <command>`, '', ...table(members.map((c) => [c.name, c.summary] as const))].join(
    '\n',
  );
}

/** The help of the whole: rendered when octo-ha is built, so that asking for it costs nothing. */
export function renderRootHelp(version: string, members: readonly Command[]): string {
  return [
    `octo-ha ${version}: set up, check and operate Octopus Deploy High Availability clusters`,
    '',
    'Examples:',
    '  octo-ha lab up --nodes 3       a practice cluster on this machine',
    '  octo-ha status                 the cluster on one screen',
    '  octo-ha node drain web-2       take a node out of service without losing a task',
    '',
    'Commands:',
    ...table(members.map((c) => [c.name, c.summary] as const)),
    '',
    'Every command has its own help: octo-ha node drain --help',
  ].join('\n');
}

function section(title: string, options: Options): readonly string[] {
  const entries = Object.entries(options) as [string, Option<unknown>][];
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
