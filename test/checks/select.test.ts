import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { subjects } from '../../src/checks/check.js';
import { checks } from '../../src/checks/index.js';
import { selectChecks } from '../../src/checks/select.js';
import { tagNames, tags } from '../../src/checks/tags.js';
import { Failure } from '../../src/errors.js';

const nothing = { words: [], tag: undefined, required: [] };

describe('a selection', () => {
  test('holds what its checks need, each once, in the order declared', () => {
    const word = fc.constantFrom(...subjects, ...checks.map(({ id }) => id));
    fc.assert(
      fc.property(
        fc.array(word, { maxLength: 4 }),
        fc.option(fc.constantFrom(...tagNames), { nil: undefined }),
        (words, tag) => {
          const { asked, run } = selectChecks(checks, { ...nothing, words, tag });

          const ids = run.map(({ id }) => id);
          assert.deepEqual(
            ids,
            checks.map(({ id }) => id).filter((id) => ids.includes(id)),
          );
          for (const { needs = [] } of run) for (const need of needs) assert.ok(ids.includes(need), need);
          for (const { id } of asked) assert.ok(ids.includes(id));
          assert.equal(asked.length === checks.length, words.length === 0 && tag === undefined);
        },
      ),
    );
  });

  test('of a question has its likeliest cause first', () => {
    for (const tag of tagNames) {
      const { asked } = selectChecks(checks, { ...nothing, tag });
      assert.deepEqual(
        asked.map(({ id }) => id),
        tags[tag].checks,
      );
    }
  });

  test('has what is required, too', () => {
    const { asked } = selectChecks(checks, { ...nothing, words: ['nodes/enough'], required: ['nodes/stale'] });

    assert.deepEqual(
      asked.map(({ id }) => id),
      ['nodes/enough', 'nodes/stale'],
    );
  });

  test('by a word that is none is refused', () => {
    fc.assert(
      fc.property(
        fc
          .string()
          .filter(
            (word) =>
              !checks.some(
                ({ id }) =>
                  id === word.toLowerCase().replace(/\/$/, '') ||
                  id.startsWith(`${word.toLowerCase().replace(/\/$/, '')}/`),
              ),
          ),
        (word) => {
          assert.throws(
            () => selectChecks(checks, { ...nothing, words: [word] }),
            (error) => error instanceof Failure && error.kind === 'usage',
          );
        },
      ),
    );
  });
});
