import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { removalScript } from '../../src/setup/removal-script.js';

const plan = { database: 'OctopusHA', tables: ['audit', 'lease'], others: [] };

/** The script with its strings and quoted names taken out, as the server's lexer reads it. */
const bare = (text: string): string => text.replace(/N'(?:[^']|'')*'|\[(?:[^\]]|\]\])*\]|--.*$/gm, '·');

describe('the script that removes', () => {
  test('drops the database where that is octo-ha’s alone', () => {
    const script = removalScript({ ...plan, apart: { name: 'OctopusHA' } }, 'sql-server');

    assert.match(script, /USE master;\nIF DB_ID\(N'OctopusHA'\) IS NOT NULL\n {2}DROP DATABASE \[OctopusHA\];/);
    assert.doesNotMatch(script, /DROP TABLE/);
  });

  test('drops tables and schema, and no database, everywhere else', () => {
    const among = removalScript({ ...plan, database: 'Octopus' }, 'sql-server');
    const shared = removalScript({ ...plan, apart: { name: 'OctopusHA', stays: 'dbo.theirs is in it' } }, 'sql-server');

    for (const script of [among, shared]) {
      assert.doesNotMatch(script, /DROP DATABASE/);
      assert.deepEqual(script.match(/DROP \w+ .*/g), [
        'DROP TABLE octo_ha.[audit];',
        'DROP TABLE octo_ha.[lease];',
        "DROP SCHEMA octo_ha');",
      ]);
    }
    assert.match(among, /USE \[Octopus\];/);
  });

  test('leaves a schema that somebody else uses', () => {
    assert.doesNotMatch(removalScript({ ...plan, others: ['theirs'] }, 'sql-server'), /DROP SCHEMA/);
  });

  test('no name breaks out of its place', () => {
    const name = fc.string({
      minLength: 1,
      unit: fc.constantFrom("'", ']', '[', ';', '-', '\n', 'a', ' ', '"', '/', '*'),
    });
    fc.assert(
      fc.property(name, fc.boolean(), (database, goes) => {
        const apart = goes ? { name: database } : { name: database, stays: 'of theirs' };
        const told = bare(removalScript({ ...plan, database, apart }, 'sql-server'));
        const expected = bare(removalScript({ ...plan, apart: { ...apart, name: 'OctopusHA' } }, 'sql-server'));
        assert.equal(told, expected);
      }),
    );
  });
});
