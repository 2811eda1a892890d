import { typedFlag } from '../cluster/typed-flag.js';

/** Options that are on unless they are refused. */
export const negated: ReadonlySet<string> = new Set(['color', 'input', 'pager']);

/** As it is typed, and as it is refused where it is on: `--no-color`. */
export const longFlag = (key: string): string => (negated.has(key) ? `--no-${key}` : typedFlag(key));
