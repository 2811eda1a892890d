import { formatDuration, parseDuration } from '../cluster/duration.js';
import { parseSize } from '../cluster/size.js';
import { Failure } from '../errors.js';

/** What the value of an option may be: plain data, so that a mistake is told without loading the command. */
export type ValueRule =
  /** Becomes milliseconds, `longest` at most. */
  | { readonly kind: 'duration'; readonly longest: number }
  /** Becomes bytes. */
  | { readonly kind: 'size' }
  | { readonly kind: 'whole'; readonly least: number; readonly most: number }
  | { readonly kind: 'choice'; readonly of: readonly string[] }
  /** Text that is kept where there is room for so many characters. */
  | { readonly kind: 'kept'; readonly longest: number }
  /** Text of this form, a regular expression; `called` completes *is no*. */
  | { readonly kind: 'form'; readonly form: string; readonly called: string };

/** The value that was typed. Throws a `Failure` of kind `usage`. */
export function readValue(rule: ValueRule, raw: string): string | number {
  switch (rule.kind) {
    case 'duration':
      return milliseconds(raw, rule.longest);
    case 'size':
      return bytes(raw);
    case 'whole':
      return wholeNumber(raw, rule.least, rule.most);
    case 'choice':
      if (rule.of.includes(raw)) return raw;
      throw new Failure('usage', `${raw} is none of ${rule.of.join(', ')}`);
    case 'kept':
      if (raw.length <= rule.longest) return raw;
      throw new Failure('usage', `${raw.length} characters are more than the ${rule.longest} that are kept`);
    case 'form':
      if (new RegExp(rule.form).test(raw)) return raw;
      throw new Failure('usage', `${raw} is no ${rule.called}`);
  }
}

/** Names the option, or the variable in its place, in what is wrong with its value. */
export function readNamed<T>(called: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw new Failure(error.kind, `${called}: ${error.message}`, { hint: error.hint });
  }
}

export function wholeNumber(raw: string, least: number, most: number): number {
  const value = /^\d+$/.test(raw) ? Number(raw) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new Failure('usage', `${raw} is no whole number from ${least} to ${most}`);
}

function bytes(raw: string): number {
  const value = parseSize(raw);
  if (value !== undefined && value > 0) return value;
  throw new Failure('usage', `${raw} is no size`, { hint: 'Write it like 5GB or 500MB.' });
}

export function milliseconds(raw: string, longest: number): number {
  const value = parseDuration(raw);
  if (value === undefined) {
    throw new Failure('usage', `${raw} is no duration`, { hint: 'Write it like 90s, 10m or 1h30m.' });
  }
  if (value <= longest) return value;
  throw new Failure('usage', `${raw} is more than ${formatDuration(longest)}`);
}
