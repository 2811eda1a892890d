import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { leaving } from '../../src/commands/leaving.js';
import { Failure } from '../../src/errors.js';

const told = (failure: Failure, hasChanged: boolean): readonly unknown[] => {
  const { kind, message, hint, details } = leaving(failure, {
    hasChanged,
    goOn: 'Go on with: octo-ha init',
  }) as Failure;
  return [kind, message, hint, details];
};

describe('leaving a command that asks several times', () => {
  test('says how to go on after an interrupt, and after nothing else', () => {
    const interrupted = new Failure('interrupted', 'interrupted; nothing was changed');
    const refused = new Failure('refused', 'not confirmed; nothing was changed', { details: { at: 1 } });

    assert.deepEqual(told(interrupted, false), [
      ...['interrupted', 'interrupted; nothing was changed', 'Go on with: octo-ha init', undefined],
    ]);
    assert.deepEqual(told(refused, false), ['refused', 'not confirmed; nothing was changed', undefined, { at: 1 }]);
  });

  test('leaves the way on that an operation names', () => {
    const hint = 'Go on with it:  octo-ha operation resume 1';

    assert.deepEqual(told(new Failure('terminated', 'ended by SIGTERM (operation 1)', { hint }), true).slice(2, 3), [
      hint,
    ]);
  });

  test('does not say that nothing was changed where something was', () => {
    const failure = new Failure('interrupted', 'interrupted; nothing was changed');

    assert.equal(told(failure, true)[1], 'interrupted; what was done before stays done');
  });

  test('lets what is no failure through as it is', () => {
    const error = new TypeError('a bug');

    assert.equal(leaving(error, { hasChanged: true, goOn: undefined }), error);
  });
});
