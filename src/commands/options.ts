import { formatDuration, parseDuration } from '../cluster/duration.js';
import { parseSize } from '../cluster/size.js';
import { Failure } from '../errors.js';
import type { Option } from './command.js';

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
  parse(raw) {
    if (raw.length <= longest) return raw;
    throw new Failure('usage', `${raw.length} characters are more than the ${longest} that are kept`);
  },
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
  parse: ((raw: string) => milliseconds(raw, longest)) as never,
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
  parse(raw) {
    if (values.includes(raw)) return raw;
    throw new Failure('usage', `${raw} is none of ${values.join(', ')}`);
  },
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
  parse(raw) {
    const value = parseSize(raw);
    if (value !== undefined && value > 0) return value;
    throw new Failure('usage', `${raw} is no size`, { hint: 'Write it like 5GB or 500MB.' });
  },
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
  parse: (raw) => wholeNumber(raw, least, most),
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
  parse: (raw) => wholeNumber(raw, least, most),
});

export function wholeNumber(raw: string, least: number, most: number): number {
  const value = /^\d+$/.test(raw) ? Number(raw) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new Failure('usage', `${raw} is no whole number from ${least} to ${most}`);
}

function milliseconds(raw: string, longest: number): number {
  const value = parseDuration(raw);
  if (value === undefined) {
    throw new Failure('usage', `${raw} is no duration`, { hint: 'Write it like 90s, 10m or 1h30m.' });
  }
  if (value <= longest) return value;
  throw new Failure('usage', `${raw} is more than ${formatDuration(longest)}`);
}
