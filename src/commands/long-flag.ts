/** Options that are on unless they are refused. */
export const negated: ReadonlySet<string> = new Set(['color', 'input', 'pager']);

/** `drainTimeout` as it is typed: `--drain-timeout`. */
export const longFlag = (key: string): string =>
  `--${negated.has(key) ? 'no-' : ''}${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
