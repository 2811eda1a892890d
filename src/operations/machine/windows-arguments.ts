/**
 * Arguments as the one line that a Windows program gets and takes apart again.
 * https://learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments
 */
export function windowsArguments(words: readonly string[]): string {
  return words.map(quote).join(' ');
}

/** Backslashes stand for themselves, except in front of a quote. */
function quote(word: string): string {
  if (word !== '' && !/[\s"]/.test(word)) return word;
  return `"${word.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, '$1$1')}"`;
}
