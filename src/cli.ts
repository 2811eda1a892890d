import { formatDuration } from './cluster/duration.js';
import { type Line, readLine } from './command-line.js';
import type { Command, Option, Options, Result } from './commands/command.js';
import type { Context, Globals } from './commands/context.js';
import { environmentVariables } from './commands/environment.js';
import { globalOptions } from './commands/global-options.js';
import { longFlag, negated } from './commands/long-flag.js';
import { readNamed } from './commands/value-rule.js';
import { exitCodes, Failure } from './errors.js';
import type { Clock } from './ports/clock.js';
import type { Terminal } from './ports/terminal.js';
import { type Environment, outputOf, tellFailure } from './tell-failure.js';

export type Registry = Readonly<Record<string, () => Promise<Command>>>;

export type Parsed =
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'run'; readonly command: Command; readonly input: never; readonly globals: Globals };

/** Reads a command line, or what was read of it already. */
export async function parse(
  registry: Registry,
  argv: readonly string[],
  environment: Environment = {},
  read?: Line,
): Promise<Parsed> {
  const line = read ?? (await readLine(registry, argv));
  if (line.kind === 'help') return line;
  const command = await registry[line.name]?.();
  if (command === undefined) throw new Error(`no command is called ${line.name}`);
  const options = { ...globalOptions, ...command.options } as Options;
  const found = Object.keys(options).map((key) => [key, findValue(key, line.options[key], environment)] as const);
  const values = Object.fromEntries(
    found.map(([key, value]) => [key, readOption(key, options[key] as Option<unknown>, value)]),
  );
  const sources = Object.fromEntries(found.map(([key, { source }]) => [key, source]));
  const positional = Object.fromEntries(command.args.map((arg, i) => [bare(arg), line.positional[i]]));
  const { json, ...rest } = values as unknown as Globals & { json: boolean };
  const wanted = json ? 'json' : rest.output;
  // What is watched is a stream of documents, so each is a line, and so is the failure that ends it.
  const output = wanted === 'json' && values['watch'] === true ? 'ndjson' : wanted;
  const globals: Globals = { ...rest, output, sources: json ? { ...sources, output: 'flag' } : sources };
  return { kind: 'run', command, input: { ...values, ...positional } as never, globals };
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
  return readNamed(called, () =>
    option.kind === 'list' ? (raw as string[]).flatMap((one) => option.parse(one)) : option.parse(raw as string),
  );
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

/** Runs one command line, of which `read` may have been read already, and answers with the exit code. */
export async function run(registry: Registry, argv: readonly string[], host: Host, read?: Line): Promise<number> {
  let terminal = host.terminal;
  let globals: Pick<Globals, 'output' | 'verbose'> = {
    output: outputOf(argv, host.environment),
    verbose: false,
  };
  try {
    const parsed = await parse(registry, argv, host.environment, read);
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
    return tellFailure(error, terminal, globals);
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
      if (result.text === '') return;
      return result.paged ? await terminal.page(result.text) : terminal.result(result.text);
    default:
      return globals.output satisfies never;
  }
}
