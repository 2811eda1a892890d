import { formatDuration } from './cluster/duration.js';
import { nearest } from './cluster/nearest.js';
import type { Command, Option, Options, Result } from './commands/command.js';
import type { Context, Globals } from './commands/context.js';
import { environmentVariables } from './commands/environment.js';
import { globalOptions } from './commands/global-options.js';
import { renderCommandHelp, renderGroupHelp } from './commands/help.js';
import { longFlag, negated } from './commands/long-flag.js';
import { exitCodes, Failure } from './errors.js';
import type { Clock } from './ports/clock.js';
import type { Terminal } from './ports/terminal.js';
import { harmless } from './render/visible.js';

export type Registry = Readonly<Record<string, () => Promise<Command>>>;

export type Parsed =
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'run'; readonly command: Command; readonly input: never; readonly globals: Globals };

export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads a command line. Only the options of the command that it names are registered. */
export async function parse(
  registry: Registry,
  argv: readonly string[],
  environment: Environment = {},
): Promise<Parsed> {
  const { name, rest } = findCommand(registry, argv);
  const load = registry[name];
  if (load === undefined) {
    const group = Object.keys(registry).filter((known) => known.startsWith(`${name} `));
    const members = await Promise.all(group.map((known) => registry[known]?.()));
    const text = renderGroupHelp(
      name,
      members.filter((member) => member !== undefined),
    );
    if (rest.some((word) => word === '--help' || word === '-h')) return { kind: 'help', text };
    throw new Failure(
      'usage',
      `octo-ha ${name} needs one of: ${group.map((known) => known.slice(name.length + 1)).join(', ')}`,
      {
        hint: `See: octo-ha ${name} --help`,
      },
    );
  }
  const command = await load();
  const options = { ...globalOptions, ...command.options } as Options;
  const read = (await import('./parser.js')).readWords(command, options, rest);
  if ('message' in read) {
    if (wantsHelp(rest)) return { kind: 'help', text: renderCommandHelp(command) };
    throw new Failure('usage', read.message, { hint: read.hint ?? `See: octo-ha ${name} --help` });
  }
  const raw = read.options;
  if (raw['help'] === true) return { kind: 'help', text: renderCommandHelp(command) };
  const found = Object.keys(options).map((key) => [key, findValue(key, raw[key], environment)] as const);
  const values = Object.fromEntries(
    found.map(([key, value]) => [key, readOption(key, options[key] as Option<unknown>, value)]),
  );
  const sources = Object.fromEntries(found.map(([key, { source }]) => [key, source]));
  const positional = Object.fromEntries(command.args.map((arg, i) => [bare(arg), read.positional[i]]));
  const { json, ...rest_ } = values as unknown as Globals & { json: boolean };
  const wanted = json ? 'json' : rest_.output;
  // What is watched is a stream of documents, so each is a line, and so is the failure that ends it.
  const output = wanted === 'json' && values['watch'] === true ? 'ndjson' : wanted;
  const globals: Globals = { ...rest_, output, sources: json ? { ...sources, output: 'flag' } : sources };
  return { kind: 'run', command, input: { ...values, ...positional } as never, globals };
}

const wantsHelp = (words: readonly string[]): boolean => words.includes('--help') || words.includes('-h');

/** The words of the command, with the options that stand before them put behind. */
function findCommand(registry: Registry, argv: readonly string[]): { name: string; rest: readonly string[] } {
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

interface Found {
  readonly raw: unknown;
  readonly source: 'flag' | 'environment' | 'default';
  /** What it is called there, for messages. */
  readonly called: string;
}

function findValue(key: string, raw: unknown, environment: Environment): Found {
  const flag = longFlag(key);
  const isOwn = !Object.hasOwn(globalOptions, key);
  const variable = isOwn ? undefined : environmentVariables.get(key);
  const set = variable === undefined ? undefined : environment[variable];
  if (raw !== undefined || variable === undefined || set === undefined || set === '') {
    return { raw, source: raw === undefined ? 'default' : 'flag', called: flag };
  }
  return { raw: set, source: 'environment', called: variable };
}

function readOption(key: string, option: Option<unknown>, { raw, source, called }: Found): unknown {
  if (negated.has(key)) return raw !== false;
  if (raw === undefined) return option.initial;
  if (option.kind === 'flag') return source === 'environment' ? raw !== '0' && raw !== 'false' : raw === true;
  try {
    if (option.kind === 'list') return (raw as string[]).flatMap((one) => option.parse(one));
    return option.parse(raw as string);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw new Failure(error.kind, `${called}: ${error.message}`, { hint: error.hint });
  }
}

const bare = (arg: string): string => arg.replace(/^\[|\]$/g, '').replace(/\.\.\.$/, '');

/** What `main` gives to a run. */
export interface Host {
  /** Aborts when the process is asked to end, with a `Failure` as its reason. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** For what is said before the options are known. */
  readonly terminal: Terminal;
  /** What may stand in place of flags. */
  readonly environment: Environment;
  contextFor(globals: Globals, signal: AbortSignal): Context & AsyncDisposable;
}

/** Runs one command line and answers with the exit code. */
export async function run(registry: Registry, argv: readonly string[], host: Host): Promise<number> {
  let terminal = host.terminal;
  let globals: Pick<Globals, 'output' | 'verbose'> = {
    output: outputOf(argv, host.environment),
    verbose: false,
  };
  try {
    const parsed = await parse(registry, argv, host.environment);
    if (parsed.kind === 'help') {
      await terminal.page(parsed.text);
      return 0;
    }
    globals = parsed.globals;
    const signal = withDeadline(host.signal, parsed.globals.deadline, host.clock);
    await using context = host.contextFor(parsed.globals, signal);
    terminal = context.terminal;
    const result = await working(parsed.command, parsed.input, context);
    if (result === undefined) return 0;
    await present(result, context);
    return result.ends === undefined ? 0 : exitCodes[result.ends].code;
  } catch (error) {
    return tell(error, terminal, globals);
  }
}

async function working(command: Command, input: never, context: Context): Promise<Result | undefined> {
  using _busy = context.terminal.busy(command.name.replace(/^__\w+/, 'octo-ha'));
  return await command.run(input, context);
}

function withDeadline(signal: AbortSignal, deadline: number | undefined, clock: Clock): AbortSignal {
  if (deadline === undefined) return signal;
  const limit = clock.within(deadline, signal);
  const either = new AbortController();
  const end = () => {
    const late = new Failure('deadline', `the deadline of ${formatDuration(deadline)} was reached`);
    either.abort(signal.aborted ? signal.reason : late);
  };
  if (limit.aborted) end();
  limit.addEventListener('abort', end);
  return either.signal;
}

/** The format that a command line asks for, also one that could not be read: a failure is told in it. */
function outputOf(argv: readonly string[], { OCTO_HA_OUTPUT: set = '' }: Environment): Globals['output'] {
  const typed = argv.flatMap((word, i) => {
    if (word === '--json') return ['json'];
    if (word === '-o' || word === '--output') return argv[i + 1] ?? [];
    return /^(?:-o|--output=)(.+)$/.exec(word)?.[1] ?? [];
  });
  const output = typed.at(-1) ?? set;
  return output === 'json' || output === 'ndjson' || output === 'yaml' ? output : 'text';
}

/** Tells why a command failed, in the format that was asked for, and answers with the exit code. */
function tell(error: unknown, terminal: Terminal, { output, verbose }: Pick<Globals, 'output' | 'verbose'>): number {
  const failure = error instanceof Failure ? error : bug(error);
  const { code } = exitCodes[failure.kind];
  if (output === 'json' || output === 'ndjson' || output === 'yaml') {
    const { kind, message, hint, details } = failure;
    const told = { error: { code, kind, message, hint: hint ?? null, ...details } };
    terminal.result(JSON.stringify(told, null, output === 'ndjson' ? 0 : 2));
    return code;
  }
  terminal.warn(`${terminal.err.red('error:')} ${harmless(failure.message)}`);
  if (failure.hint !== undefined) terminal.warn(harmless(failure.hint));
  if (verbose || failure.kind === 'bug') terminal.warn(stackOf(error));
  return code;
}

const bug = (error: unknown): Failure =>
  new Failure(
    'bug',
    `octo-ha met something it did not expect: ${error instanceof Error ? error.message : String(error)}`,
    {
      hint: 'This is a bug in octo-ha. Please report it with the lines below.',
      cause: error,
    },
  );

const stackOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));

/** Writes a result in the format that was asked for. */
async function present(result: Result, { globals, terminal }: Pick<Context, 'globals' | 'terminal'>): Promise<void> {
  switch (globals.output) {
    case 'json':
      return terminal.result(JSON.stringify(result.json, null, 2));
    case 'ndjson':
      return terminal.result(JSON.stringify(result.json));
    case 'yaml':
      return terminal.result((await import('./render/yaml.js')).yamlText(result.json));
    case 'name':
      for (const name of result.names ?? []) terminal.result(name);
      return;
    case 'csv':
      return terminal.result(result.csv ?? '');
    case 'text':
      if (result.text !== '') await terminal.page(result.text);
      return;
    default:
      return globals.output satisfies never;
  }
}
