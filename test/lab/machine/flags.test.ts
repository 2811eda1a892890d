import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Complaint, parseFlags } from '../../../src/lab/machine/octopus-server/flags.js';

const kinds = { drain: 'value', wait: 'value', 'cancel-tasks': 'flag', masterKey: 'value' } as const;

describe('the flags of Octopus.Server in the lab', () => {
  test('are read in every form that the real one takes', () => {
    const argv = ['--drain=true', '-WAIT', '5', '--cancel-tasks', '--masterkey:a=b'];

    assert.deepEqual(
      [...parseFlags(argv, kinds)],
      [
        ['drain', 'true'],
        ['wait', '5'],
        ['cancel-tasks', ''],
        ['masterKey', 'a=b'],
      ],
    );
  });

  for (const [argv, message] of [
    [['--frobnicate'], /Unrecognized command line arguments: --frobnicate/],
    [['drain'], /Unrecognized command line arguments: drain/],
    [['--wait'], /Missing required value for option '--wait'/],
  ] as const) {
    test(`refuse ${argv.join(' ')}`, () => {
      assert.throws(() => parseFlags(argv, kinds), message);
    });
  }

  test('keep any value as it is, and refuse everything that is not known', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.boolean(), (value, apart) => {
        const argv = apart ? ['--masterKey', value] : [`--masterKey=${value}`];
        assert.equal(parseFlags(argv, kinds).get('masterKey'), value);
      }),
    );
    fc.assert(
      fc.property(fc.string(), (word) => {
        try {
          for (const name of parseFlags([word], kinds).keys()) assert.ok(Object.hasOwn(kinds, name));
        } catch (error) {
          assert.ok(error instanceof Complaint, String(error));
        }
      }),
    );
  });
});
