import { formatDuration } from '../cluster/duration.js';
import type { Option } from './command.js';
import { milliseconds, readValue, type ValueRule } from './value-rule.js';

/** Of an option whose values a rule tells. */
const ruled = (rule: ValueRule) => ({ rule, parse: ((raw: string) => readValue(rule, raw)) as never });

export const flag = (help: string, short?: string): Option<boolean> => ({
  kind: 'flag',
  help,
  initial: false,
  parse: () => true,
  ...(short === undefined ? {} : { short }),
});

export const text = (value: string, help: string, short?: string): Option<string | undefined> => ({
  kind: 'value',
  value,
  help,
  initial: undefined,
  parse: (raw) => raw,
  ...(short === undefined ? {} : { short }),
});

/** Text that is kept with the cluster, in a column of this length. */
export const keptText = (value: string, longest: number, help: string): Option<string | undefined> => ({
  ...text(value, help),
  ...ruled({ kind: 'kept', longest }),
});

/** Text of this form; `called` completes *is no* where it is not. */
export const formed = (value: string, form: RegExp, called: string, help: string): Option<string | undefined> => ({
  ...text(value, help),
  ...ruled({ kind: 'form', form: form.source, called }),
});

export const list = (value: string, help: string): Option<readonly string[]> => ({
  kind: 'list',
  value,
  help,
  initial: [],
  parse: (raw) => [raw],
});

/** A timer of Node cannot wait longer; beyond that it would end at once. https://nodejs.org/api/timers.html */
const longestWait = 24 * 86_400_000;

/** How long something may take. */
export const duration = <Initial extends string | undefined>(initial: Initial, help: string) =>
  timeSpan(initial, help, longestWait);

/** How far back or ahead something lies; nobody waits for it. */
export const span = <Initial extends string | undefined>(initial: Initial, help: string) =>
  timeSpan(initial, help, 100 * 365 * 86_400_000);

const timeSpan = <Initial extends string | undefined>(
  initial: Initial,
  help: string,
  longest: number,
): Option<Initial extends string ? number : number | undefined> => ({
  kind: 'value',
  value: 'DURATION',
  help: initial === undefined ? help : `${help} (default ${formatDuration(milliseconds(initial, longest))})`,
  initial: (initial === undefined ? undefined : milliseconds(initial, longest)) as never,
  ...ruled({ kind: 'duration', longest }),
});

export const choice = <const Values extends readonly string[]>(
  values: Values,
  initial: Values[number],
  help: string,
  short?: string,
): Option<Values[number]> => ({
  kind: 'value',
  value: values.join('|'),
  help,
  initial,
  ...ruled({ kind: 'choice', of: values }),
  ...(short === undefined ? {} : { short }),
});

/** A choice that may be left open. */
export const optionalChoice = <const Values extends readonly string[]>(
  values: Values,
  help: string,
): Option<Values[number] | undefined> => ({ ...choice(values, values[0] ?? '', help), initial: undefined });

/** Bytes. */
export const size = (help: string): Option<number | undefined> => ({
  kind: 'value',
  value: 'SIZE',
  help,
  initial: undefined,
  ...ruled({ kind: 'size' }),
});

export const whole = (
  initial: number,
  { least, most }: { least: number; most: number },
  help: string,
): Option<number> => ({
  kind: 'value',
  value: 'N',
  help: `${help} (default ${initial})`,
  initial,
  ...ruled({ kind: 'whole', least, most }),
});

/** A whole number that may be left out. */
export const optionalWhole = (
  { least, most }: { least: number; most: number },
  help: string,
): Option<number | undefined> => ({
  kind: 'value',
  value: 'N',
  help,
  initial: undefined,
  ...ruled({ kind: 'whole', least, most }),
});
