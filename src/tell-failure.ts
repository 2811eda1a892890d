import type { Globals } from './commands/context.js';
import { exitCodes, Failure } from './errors.js';
import type { Terminal } from './ports/terminal.js';
import { harmless } from './render/visible.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The format that a command line asks for, also one that could not be read: a failure is told in it. */
export function outputOf(argv: readonly string[], { OCTO_HA_OUTPUT: set = '' }: Environment): Globals['output'] {
  const typed = argv.flatMap((word, i) => {
    if (word === '--json') return ['json'];
    if (word === '-o' || word === '--output') return argv[i + 1] ?? [];
    return /^(?:-o|--output=)(.+)$/.exec(word)?.[1] ?? [];
  });
  const output = typed.at(-1) ?? set;
  return output === 'json' || output === 'ndjson' || output === 'yaml' ? output : 'text';
}

/** Tells why a command failed, in the format that was asked for, and answers with the exit code. */
export function tellFailure(
  error: unknown,
  terminal: Pick<Terminal, 'err' | 'result' | 'warn'>,
  { output, verbose }: Pick<Globals, 'output' | 'verbose'>,
): number {
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
