import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { bootstrapLine } from '../../../src/adapters/bootstrap-command.js';
import { onMachine } from '../../../src/lab/machine/own-view.js';
import { fromBase64 } from '../../../src/operations/machine/base64.js';
import { posixBootstrap } from '../../../src/operations/machine/posix-bootstrap.js';
import { encodeDocument } from '../../../src/operations/machine/protocol.js';

const scriptIn = (line: string): string => fromBase64(/echo ([A-Za-z0-9+/=]+) \|/.exec(line)?.[1] ?? '');

describe('what a machine of the lab runs', () => {
  for (const sudo of [false, true]) {
    test(`is the wrapper that octo-ha sends, with paths of the machine's own${sudo ? ', behind sudo' : ''}`, () => {
      const sent = bootstrapLine(posixBootstrap, { sudo });

      const { line, rewriteInput } = onMachine(sent);

      const expected = posixBootstrap.script
        .replace('/proc/sys/kernel/random/boot_id', '$OCTO_HA_LAB_MACHINE/boot_id')
        .replace('/var/lib/octo-ha', '$OCTO_HA_LAB_MACHINE/var/lib/octo-ha');
      assert.equal(scriptIn(line), expected);
      assert.notEqual(expected, posixBootstrap.script);
      assert.equal(line.replace(/echo \S+/, ''), sent.replace(/echo \S+/, ''));
      assert.ok(rewriteInput);
    });
  }

  test('finds Octopus Server by its usual path in a line that a person types', () => {
    assert.deepEqual(onMachine('/Octopus/Octopus.Server version'), { line: 'Octopus.Server version' });
  });

  test('has the words that it was sent, but for that path', () => {
    const { rewriteInput } = onMachine(bootstrapLine(posixBootstrap));
    const word = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('/Octopus/Octopus.Server', 'sh -c "/Octopus/Octopus.Server version"', '"words":["eA=="]'),
    );
    const sendable = word.filter((text) => !text.includes('\0'));
    fc.assert(
      fc.property(fc.array(sendable), sendable, (words, service) => {
        const document = encodeDocument({ verb: 'run', operation: 'op', step: 'one', words, service });

        const changed = words.map((text) => text.replaceAll('/Octopus/Octopus.Server', 'Octopus.Server'));
        const expected = encodeDocument({ verb: 'run', operation: 'op', step: 'one', words: changed, service });
        assert.equal(rewriteInput?.(document), expected);
      }),
    );
  });
});
