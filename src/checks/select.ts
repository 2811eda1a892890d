import { nearest } from '../cluster/nearest.js';
import { Failure } from '../errors.js';
import { type Check, type CheckId, subjectOf, subjects } from './check.js';
import type { Outcome } from './outcome.js';
import { type Tag, tags } from './tags.js';

export interface Selection {
  /** What was asked for, in the order of the report. */
  readonly asked: readonly Check[];
  /** The same with what they need, in the order declared. */
  readonly run: readonly Check[];
}

/** The checks that ids, subjects and a tag name; all of them where nothing is named. Rejects a word that is none. */
export function selectChecks(
  all: readonly Check[],
  { words, tag, required }: { words: readonly string[]; tag: Tag | undefined; required: readonly string[] },
): Selection {
  const tagged: readonly CheckId[] = tag === undefined ? [] : tags[tag].checks;
  const named = words.flatMap((word) => checksOf(all, word));
  const needed = required.flatMap((word) => checksOf(all, word));
  const everything = words.length === 0 && tag === undefined;
  const ids = new Set([...tagged, ...[...named, ...needed].map(({ id }) => id)]);
  const declared = everything ? all : all.filter(({ id }) => ids.has(id));
  const place = (check: Check) => (tagged.includes(check.id) ? tagged.indexOf(check.id) : tagged.length);
  return { asked: declared.toSorted((a, b) => place(a) - place(b)), run: withNeeds(all, declared) };
}

/** The checks of these outcomes once more. */
export const sameChecks = (all: readonly Check[], outcomes: readonly Pick<Outcome, 'check'>[]): Selection =>
  selectChecks(all, { words: [...new Set(outcomes.map(({ check }) => check.id))], tag: undefined, required: [] });

function withNeeds(all: readonly Check[], wanted: readonly Check[]): readonly Check[] {
  const ids = new Set<CheckId>();
  const add = (check: Check | undefined): void => {
    if (check === undefined || ids.has(check.id)) return;
    ids.add(check.id);
    for (const id of check.needs ?? []) add(all.find((other) => other.id === id));
  };
  for (const check of wanted) add(check);
  return all.filter(({ id }) => ids.has(id));
}

function checksOf(all: readonly Check[], word: string): readonly Check[] {
  const wanted = word.toLowerCase().replace(/\/$/, '');
  const found = all.filter((check) => check.id === wanted || subjectOf(check) === wanted);
  if (found.length > 0) return found;
  const near = nearest(word, [...subjects, ...all.map(({ id }) => id)]);
  throw new Failure('usage', `there is no check or subject ${word}`, {
    hint:
      near.length > 0
        ? `Did you mean ${near.join(' or ')}?`
        : `The subjects are: ${subjects.join(', ')}. See: octo-ha doctor --list`,
  });
}
