import type { Candidate } from './candidates.js';
import type { Typed } from './typed-words.js';

/** A candidate a line, its description behind a tab, as the script of a shell reads it. */
export function answerLines(found: readonly Candidate[] | 'files', { kept }: Typed): readonly string[] {
  if (found === 'files') return [':files'];
  return found.map(({ value, description }) => {
    const rest = value.startsWith(kept) ? value.slice(kept.length) : value;
    return description === '' ? rest : `${rest}\t${description}`;
  });
}
