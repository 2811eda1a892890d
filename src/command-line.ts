import { nearest } from './cluster/nearest.js';
import type { Described, DescribedOption, Option } from './commands/command.js';
import { globalOptions } from './commands/global-options.js';
import { renderCommandHelp, renderGroupHelp } from './commands/help.js';
import { longFlag } from './commands/long-flag.js';
import { readNamed, readValue } from './commands/value-rule.js';
import { Failure } from './errors.js';

/** The commands by their names, or what they say of themselves. */
export type Descriptions = Readonly<Record<string, () => Promise<Described>>>;

/** What the words of a command line say, as plain data: whoever reads them need not be whoever runs the command. */
export type Line =
  | { readonly kind: 'help'; readonly text: string }
  | {
      readonly kind: 'command';
      readonly name: string;
      /** By the option's key, as typed; absent where it was not given. */
      readonly options: Readonly<Record<string, unknown>>;
      /** In the order of the command's arguments. */
      readonly positional: readonly unknown[];
    };

/**
 * Reads a command line as far as it can be without the commands themselves: which one is named, with which options and
 * arguments. What the values mean is the command's to say, where no rule tells it. Throws a `Failure` of kind `usage`.
 */
export async function readLine(registry: Descriptions, argv: readonly string[]): Promise<Line> {
  const { name, rest } = findCommand(registry, argv);
  const load = registry[name];
  if (load === undefined) return await group(registry, name, rest);
  const command = await load();
  const options = { ...globalOptions, ...command.options };
  const read = (await import('./parser.js')).readWords(command, options, rest);
  const help = (): Line => ({ kind: 'help', text: renderCommandHelp(command) });
  if ('message' in read) {
    if (wantsHelp(rest)) return help();
    throw new Failure('usage', read.message, { hint: read.hint ?? `See: octo-ha ${name} --help` });
  }
  if (read.options['help'] === true) return help();
  for (const [key, { rule }] of Object.entries<DescribedOption>(options)) {
    const raw = read.options[key];
    if (rule !== undefined && typeof raw === 'string') readNamed(longFlag(key), () => readValue(rule, raw));
  }
  return { kind: 'command', name, ...read };
}

async function group(registry: Descriptions, name: string, rest: readonly string[]): Promise<Line> {
  const names = Object.keys(registry).filter((known) => known.startsWith(`${name} `));
  if (wantsHelp(rest)) {
    const members = await Promise.all(names.map((known) => registry[known]?.()));
    return {
      kind: 'help',
      text: renderGroupHelp(
        name,
        members.filter((member) => member !== undefined),
      ),
    };
  }
  throw new Failure(
    'usage',
    `octo-ha ${name} needs one of: ${names.map((known) => known.slice(name.length + 1)).join(', ')}`,
    { hint: `See: octo-ha ${name} --help` },
  );
}

const wantsHelp = (words: readonly string[]): boolean => words.includes('--help') || words.includes('-h');

/** The words of the command, with the options that stand before them put behind. */
function findCommand(registry: Descriptions, argv: readonly string[]): { name: string; rest: readonly string[] } {
  const names = Object.keys(registry);
  const before: string[] = [];
  let at = 0;
  for (; argv[at]?.startsWith('-'); at++) {
    const word = argv[at] ?? '';
    before.push(word);
    if (takesValue(word) && at + 1 < argv.length) before.push(argv[++at] ?? '');
  }
  const words: string[] = [];
  while (at < argv.length && isPrefix(names, [...words, argv[at] ?? ''])) words.push(argv[at++] ?? '');
  const name = words.join(' ');
  const rest = [...before, ...argv.slice(at)];
  if (names.includes(name)) return { name, rest };
  const next = argv[at];
  if (next === undefined || next.startsWith('-')) {
    if (words.length > 0) return { name, rest };
    throw new Failure('usage', 'no command is named', { hint: 'See: octo-ha --help' });
  }
  throw unknownCommand(names, words, next);
}

function unknownCommand(names: readonly string[], words: readonly string[], typed: string): Failure {
  const at = words.length;
  const known = names.map((name) => name.split(' ')).filter((parts) => words.every((word, i) => parts[i] === word));
  const choices = [...new Set(known.flatMap((parts) => parts[at] ?? []))].filter((word) => !word.startsWith('__'));
  const near = nearest(typed, choices);
  const start = ['octo-ha', ...words].join(' ');
  const hint =
    near.length > 0 ? `Did you mean: ${near.map((word) => `${start} ${word}`).join(', ')}?` : `See: ${start} --help`;
  return new Failure('usage', `${start} has no command ${typed}`, { hint });
}

const isPrefix = (names: readonly string[], words: readonly string[]): boolean =>
  names.some((name) => `${name} `.startsWith(`${words.join(' ')} `));

function takesValue(word: string): boolean {
  const entries = Object.entries(globalOptions) as [string, Option<unknown>][];
  const found = entries.find(
    ([key, { short }]) => word === longFlag(key) || (short !== undefined && word === `-${short}`),
  );
  return found !== undefined && found[1].kind !== 'flag';
}
