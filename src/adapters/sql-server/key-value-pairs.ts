import { Failure } from '../../errors.js';

export interface Pair {
  readonly keyword: string;
  readonly value: string;
}

const gap = /[\s;]*/y;
const beginning = /([^=;]*)=(?!=)\s*/y;
const quoted = /(?:"((?:[^"]|"")*)"|'((?:[^']|'')*)')\s*(?:;|$)/y;
const bare = /[^;]*/y;

/**
 * Splits a connection string by the rules of SqlClient, which Octopus Server uses: a value stands in `"…"` or `'…'`
 * with the quote doubled inside, or bare up to the next semicolon. Braces are ODBC's way and mean nothing here.
 *
 * What cannot be read is told by its place and never quoted, for it may be part of a password.
 */
export function keyValuePairs(text: string): readonly Pair[] {
  const pairs: Pair[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found) at = pattern.lastIndex;
    return found;
  };

  for (take(gap); at < text.length; take(gap)) {
    const part = pairs.length + 1;
    const keyword = take(beginning)?.[1]?.trim();
    if (!keyword) throw unreadable(part, 'is not of the form KEYWORD=VALUE');
    pairs.push({ keyword, value: value(part) });
  }
  return pairs;

  function value(part: number): string {
    const inQuotes = take(quoted);
    if (inQuotes) return inQuotes[1]?.replaceAll('""', '"') ?? inQuotes[2]?.replaceAll("''", "'") ?? '';
    const found = (take(bare)?.[0] ?? '').trim();
    if (/^["']|["']$/.test(found)) throw unreadable(part, 'has a quotation mark that is not closed or not doubled');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: SqlClient refuses exactly these.
    if (/[\u0000-\u001f\u007f-\u009f]/.test(found)) throw unreadable(part, 'holds a control character outside quotes');
    return found;
  }
}

function unreadable(part: number, problem: string): Failure {
  return new Failure('usage', `the connection string cannot be read: its part ${part} ${problem}`, {
    hint: 'Parts end with a semicolon; a value that holds ; or quotation marks is written "…" with " doubled inside',
  });
}
