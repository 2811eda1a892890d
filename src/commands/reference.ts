import { exitCodes } from '../errors.js';
import { guards } from '../operations/guards/index.js';
import type { Command, Option, Options } from './command.js';
import { environmentVariables } from './environment.js';
import { globalOptions } from './global-options.js';
import { longFlag } from './long-flag.js';

/** docs/commands.md, from the same values as the help. */
export function commandsPage(commands: readonly Command[]): string {
  return [
    '# Commands',
    '',
    'Generated from the commands themselves, as their `--help` is: `npm run docs` writes this page anew.',
    '',
    ...commands.flatMap(described),
    '## Options of every command',
    '',
    ...optionTable(globalOptions),
    '',
    `In the environment: ${[...environmentVariables].map(([key, name]) => `\`${name}\` for \`${longFlag(key)}\``).join(', ')}. A flag goes before the environment, that before the context file, and that before the default.`,
    '',
    '## Guards',
    '',
    'Each can refuse a change, and each has its own override: `--override ID`. What is not known refuses, too.',
    '',
    ...guards.map(({ id, explain }) => `- \`${id}\`: ${explain.replaceAll('\n', ' ')}`),
    '',
    '## Exit codes',
    '',
    '| code | meaning | cluster changed |',
    '| --- | --- | --- |',
    '| 0 | done, or nothing to do | as asked |',
    ...Object.values(exitCodes).map(({ code, meaning, changed }) => `| ${code} | ${meaning} | ${changed} |`),
    '',
  ].join('\n');
}

function described({ name, summary, description, args, options, examples }: Command): readonly string[] {
  const words = ['octo-ha', name, ...args.map((arg) => (arg.startsWith('[') ? arg : `<${arg}>`))];
  return [
    `## octo-ha ${name}`,
    '',
    `${summary}.`,
    '',
    ...(description === undefined ? [] : [escaped(description), '']),
    '```text',
    words.join(' '),
    '```',
    '',
    ...(Object.keys(options).length === 0 ? [] : [...optionTable(options), '']),
    'Examples:',
    '',
    ...examples.map(([line, does]) => `- \`${line}\`  \n  ${escaped(does)}`),
    '',
  ];
}

function optionTable(options: Options): readonly string[] {
  const entries = Object.entries(options) as [string, Option<unknown>][];
  const rows = entries.map(([key, { short, value, help }]) => {
    const flags = [...(short === undefined ? [] : [`-${short}`]), longFlag(key)];
    const named = `\`${flags.join(', ')}${value === undefined ? '' : ` ${value}`}\``;
    return `| ${named.replaceAll('|', '\\|')} | ${escaped(help.replace(/^\(--no-\w+\) /, ''))} |`;
  });
  return ['| option | what it does |', '| --- | --- |', ...rows];
}

/** What Markdown would take for something else. */
const escaped = (text: string): string => text.replace(/[|<>*_]|\\(?=\\)/g, (found) => `\\${found}`);
