import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { parseSuppressions } from '../../src/configuration/suppressions.js';
import { Failure } from '../../src/errors.js';

const words = fc.string({ minLength: 1, maxLength: 60 });
const day = fc.date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true });
const entry = fc
  .record({ check: words, reason: words, owner: words, day })
  .chain(({ day: last, ...rest }) =>
    fc.option(words, { nil: undefined }).map((node) => ({ ...rest, node, expires: last.toISOString().slice(0, 10) })),
  );

describe('a file of suppressions', () => {
  test('gives back what was written, each until the end of its last day', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 5 }), (entries) => {
        const written = entries.map(({ node, ...rest }) => (node === undefined ? rest : { ...rest, node }));

        const read = parseSuppressions(stringify({ suppressions: written }), 's.yaml');

        assert.equal(read.length, entries.length);
        for (const [i, { expires, ...rest }] of read.entries()) {
          assert.deepEqual(
            { ...rest, node: rest.node },
            { check: entries[i]?.check, reason: entries[i]?.reason, owner: entries[i]?.owner, node: entries[i]?.node },
          );
          assert.equal(expires.getTime(), Date.parse(`${entries[i]?.expires}T00:00:00Z`) + 86_400_000);
        }
      }),
    );
  });

  test('that is anything else is refused as usage, and the file is named', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.constantFrom('suppressions: []x', 'suppressions: {}', 'a: &a [*a]', '%YAML 9', 'suppressions: [{}]'),
        ),
        (written) => {
          try {
            parseSuppressions(written, 's.yaml');
          } catch (error) {
            assert.ok(error instanceof Failure && error.kind === 'usage', String(error));
            assert.match(error.message, /^s\.yaml: /);
          }
        },
      ),
    );
  });

  test('does not take a day that there is not', () => {
    const text = 'suppressions: [{check: a, reason: b, owner: c, expires: 2026-13-01}]';

    assert.throws(() => parseSuppressions(text, 's.yaml'), /there is no day 2026-13-01|expires/);
  });
});
