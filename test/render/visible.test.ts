import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { harmless, visible } from '../../src/render/visible.js';

test('text from elsewhere cannot steer the terminal', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.doesNotMatch(visible(text), /[\p{Cc}\p{Bidi_Control}]/u);
      assert.doesNotMatch(harmless(text).replaceAll('\n', ''), /[\p{Cc}\p{Bidi_Control}]/u);
    }),
  );
  assert.equal(visible('Deploy\n  \u001b[2JShop \u202eppa'), 'Deploy ·[2JShop ·ppa');
  assert.equal(harmless('one\n  two\r'), 'one\n  two·');
});
