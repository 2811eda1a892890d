/**
 * How octo-ha has things done on a node's machine.
 *
 * A call sends a constant bootstrap and one document, and gets one answer. Whatever changes the machine is a *step* of an
 * operation under a fencing token, and goes through the bootstrap's wrapper, which promises that
 *
 * - one step runs at a time on the machine, and lives on when the connection ends;
 * - a token lower than the highest one seen is refused;
 * - a step runs once: asked again, the wrapper answers with what it recorded, waits for what still runs, and says *lost*
 *   of a step that began and is gone without a result. It never runs a lost step again;
 * - what is confidential is kept nowhere on the machine, stands in no argument of the wrapper's own programs, and is
 *   taken out of what is recorded. `confide` says what it is for.
 */
import * as z from 'zod/mini';
import { Failure } from '../../errors.js';
import { answerIn } from '../../ports/shell-answer.js';
import { fromBase64, toBase64 } from './base64.js';

export type Action =
  | 'service-stop'
  | 'service-start'
  | 'set-start-type'
  | 'watchdog-suspend'
  | 'watchdog-restore'
  | 'reboot'
  | 'run'
  | 'run-as-task'
  | 'octopus-node-drain-cancel';

export interface Document {
  readonly verb: 'show' | 'run' | 'read' | 'look' | 'survey';
  readonly token?: number;
  readonly operation?: string;
  readonly step?: string;
  readonly action?: Action;
  readonly manager?: string;
  /** Seconds to wait for an answer at most; a step goes on all the same. */
  readonly wait?: number;
  /** Seconds a container has to stop by itself. */
  readonly grace?: number;
  readonly value?: string;
  readonly former?: string;
  /** Where records are kept, other than in the usual place. */
  readonly state?: string | undefined;
  readonly service?: string;
  readonly words?: readonly string[];
  /** Ports to count the connections of, with a colon between them. */
  readonly ports?: string;
  /** For a survey: what to connect to, each as `HOST/PORT`, with spaces between them. */
  readonly targets?: string;
  /** For a command that is told something in confidence; see `confide`. */
  readonly secrets?: readonly string[];
  /** On Windows a program and its arguments as one line. */
  readonly file?: string;
  readonly line?: string;
  /** On Windows the wrapper itself, already in base64. */
  readonly program?: string;
}

const inBase64: ReadonlySet<string> = new Set(['state', 'service', 'targets', 'file', 'line']);

/** What a command is told in confidence: as one more word, as a variable, or to be taken out of what it prints. */
export const confide = {
  word: (text: string): string => `word:${confidential(text)}`,
  variable: (name: string, value: string): string => `variable:${name}=${confidential(value)}`,
  hidden: (text: string): string => `hidden:${confidential(text)}`,
};

/** What is printed is looked through line by line. The text is not told: it may be most of a password. */
function confidential(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (text !== '' && !/[\u0000-\u001f\u007f]/.test(text)) return text;
  throw new Failure('usage', 'a secret is empty, or has a character that ends a line');
}

/**
 * JSON with an entry a line, which `sh` can read: values are words of a few characters, or base64 where they may be
 * anything. No name of an operation or step can leave the directory of records.
 */
export function encodeDocument(document: Document): string {
  for (const id of [document.operation, document.step]) {
    if (id !== undefined && !/^[A-Za-z0-9][A-Za-z0-9_-]{0,80}$/.test(id)) throw new Error(`${id} is no name of a step`);
  }
  const entries = Object.entries(document).filter(([, value]) => value !== undefined);
  const lines = entries.map(([name, value]) => `${JSON.stringify(name)}:${encodeValue(name, value)}`);
  return `{\n${lines.join(',\n')}\n}\n`;
}

function encodeValue(name: string, value: string | number | readonly string[]): string {
  if (Array.isArray(value)) return JSON.stringify(value.map(encodeText));
  if (inBase64.has(name)) return JSON.stringify(encodeText(String(value)));
  if (name !== 'program' && !/^[A-Za-z0-9:._-]*$/.test(String(value))) throw new Error(`${name} cannot be ${value}`);
  return JSON.stringify(String(value));
}

/** No argument of a program can contain a NUL. */
function encodeText(text: string): string {
  if (text.includes('\0')) throw new Failure('usage', `${JSON.stringify(text)} contains a NUL character`);
  return toBase64(text);
}

const text = z.pipe(z.string(), z.transform(fromBase64));
const whole = z.pipe(z.string().check(z.regex(/^\d{1,15}$/)), z.transform(Number));
const optionalWhole = z.pipe(
  z.string().check(z.regex(/^-?\d{0,10}$/)),
  z.transform((digits) => (digits === '' ? undefined : Number(digits))),
);

const record = z.object({
  token: whole,
  action: z.string(),
  startedAt: z.string(),
  /** Changes with every start of the machine. */
  boot: z.string(),
  exitCode: optionalWhole,
  finishedAt: z.string(),
  /** What it printed, its end if that was much. */
  output: text,
  /** What the wrapper itself found out. */
  result: text,
});

const running = z.object({ operation: z.string(), step: z.string(), token: whole });
const always = { highest: whole, boot: z.string() };

/** A count for each port that was asked for; nothing where the machine cannot tell. */
const connections = z.pipe(
  z.string().check(z.regex(/^(\d+( \d+)*)?$/)),
  z.transform((text) => (text === '' ? undefined : text.split(' ').map(Number))),
);

const answer = z.discriminatedUnion('state', [
  z.object({ state: z.literal('shown'), ...always, running: z.optional(running) }),
  z.object({ state: z.literal('refused'), ...always }),
  z.object({ state: z.literal('not-started'), ...always }),
  z.object({ state: z.literal('running'), ...always, running }),
  z.object({ state: z.literal('busy'), ...always, running }),
  z.object({ state: z.literal('finished'), ...always, record }),
  z.object({ state: z.literal('lost'), ...always, record }),
  z.object({
    state: z.literal('looked'),
    ...always,
    exitCode: whole,
    result: text,
    connections: z.optional(connections),
  }),
  z.object({ state: z.literal('surveyed'), ...always, result: text }),
  z.object({ state: z.literal('cannot'), ...always, message: text }),
]);

export type Answer = z.infer<typeof answer>;
export type StepRecord = z.infer<typeof record>;

/** `undefined` where there is none. */
export function parseAnswer(stdout: string): Answer | undefined {
  return answerIn(answer, stdout, 'octo-ha:');
}
