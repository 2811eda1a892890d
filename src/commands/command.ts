import type { FailureKind } from '../errors.js';
import type { Context } from './context.js';
import type { ValueRule } from './value-rule.js';

/** An option owns its parser, so a command's input needs no annotation. `parse` throws a `Failure` of kind `usage`. */
export interface Option<T> {
  readonly kind: 'flag' | 'value' | 'list';
  /** What stands for the value in help, such as `DURATION`. */
  readonly value?: string;
  /** One letter. */
  readonly short?: string;
  readonly help: string;
  readonly initial: T;
  /** What its values may be, where a rule can tell. */
  readonly rule?: ValueRule;
  parse(raw: string): T;
}

export type Options = Readonly<Record<string, Option<never> | Option<unknown>>>;

/** `node` must be given, `[node]` may, `node...` takes one or more, `[node...]` any number. */
export type Arguments = readonly string[];

type ArgumentName<A extends string> = A extends `[${infer N}...]` | `${infer N}...` | `[${infer N}]` ? N : A;
type ArgumentValue<A extends string> = A extends `[${string}...]` | `${string}...`
  ? readonly string[]
  : A extends `[${string}]`
    ? string | undefined
    : string;

export type Input<Args extends Arguments, Opts extends Options> = {
  readonly [A in Args[number] as ArgumentName<A>]: ArgumentValue<A>;
} & { readonly [O in keyof Opts]: Opts[O] extends Option<infer T> ? T : never };

/** What a command has to tell, once; every output format is made from it. */
export interface Result {
  /** What `--json` and `-o yaml` print. */
  readonly json: unknown;
  /** Lines for a person; empty prints nothing. */
  readonly text: string;
  /** It was found, not done: at a terminal that it does not fit on, a person reads it in the pager. */
  readonly paged?: boolean;
  /** What `-o name` prints, a line each. */
  readonly names?: readonly string[];
  /** What `-o csv` prints, of a command that takes it. */
  readonly csv?: string;
  /** What it ends with although there is something to tell; absent where all is well. */
  readonly ends?: FailureKind;
}

export interface Command<Args extends Arguments = Arguments, Opts extends Options = Options> {
  /** Without the program's name: `node drain`. */
  readonly name: string;
  readonly summary: string;
  /** More to say in the command's own help. */
  readonly description?: string;
  readonly args: Args;
  readonly options: Opts;
  /** Whole command lines, each with what it does. */
  readonly examples: readonly (readonly [line: string, does: string])[];
  run(input: Input<Args, Opts>, context: Context): Promise<Result | undefined>;
}

/** What a command says of itself: plain data, kept when octo-ha is built, so that most of it is not loaded to be read. */
export interface Described extends Pick<Command, 'name' | 'summary' | 'description' | 'args' | 'examples'> {
  readonly options: Readonly<Record<string, DescribedOption>>;
}

export type DescribedOption = Pick<Option<unknown>, 'kind' | 'value' | 'short' | 'help' | 'rule'>;

/** Only checks and infers: a command is plain data, so help, completion and docs can be made from it. */
export function command<const Args extends Arguments, Opts extends Options>(definition: Command<Args, Opts>) {
  return definition as unknown as Command;
}
