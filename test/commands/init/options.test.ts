import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseNode } from '../../../src/commands/init/node-option.js';
import { parseSecretPlace } from '../../../src/commands/secret-option.js';
import { answers } from '../../../src/configuration/answers.js';
import { Failure } from '../../../src/errors.js';

describe('a machine on the command line', () => {
  test('is read with all that describes it', () => {
    const text =
      'web-1.corp,name=web-1,url=https://web-1.corp:444,port=2222,manager=systemd,service=octopus,instance=Default,cap=0,host-key=ssh-ed25519 SHA256:x';

    assert.deepEqual(parseNode(text), {
      ...{ host: 'web-1.corp', name: 'web-1', url: 'https://web-1.corp:444', port: 2222, manager: 'systemd' },
      ...{ service: 'octopus', instance: 'Default', cap: 0, hostKeys: ['ssh-ed25519 SHA256:x'] },
    });
  });

  for (const text of ['', '-x', 'web 1', 'web-1,cap=51', 'web-1,url=ftp://x', 'web-1,colour=red', 'web-1,name=']) {
    test(`is refused as ${JSON.stringify(text)}`, () => {
      assert.throws(() => parseNode(text), { kind: 'usage' });
    });
  }

  test('is either what an answers file may hold, or refused', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        let node: ReturnType<typeof parseNode>;
        try {
          node = parseNode(text);
        } catch (error) {
          assert.ok(error instanceof Failure);
          return;
        }
        assert.ok(answers.safeParse({ nodes: [node] }).success);
      }),
    );
  });
});

describe('the place of a secret', () => {
  for (const [text, expected] of [
    ['prompt', { prompt: true }],
    ['env:KEY', { env: 'KEY' }],
    ['file:/root/a b', { file: '/root/a b' }],
    ['command:pass show  octopus', { command: ['pass', 'show', 'octopus'] }],
    ['keyring:octopus', { keyring: 'octopus' }],
  ] as const) {
    test(`is read from ${text}`, () => {
      assert.deepEqual(parseSecretPlace(text), expected);
    });
  }

  test('is never told where it is none: it may be the secret itself', () => {
    const text = fc.string({ minLength: 6 }).filter((one) => !/^(prompt$|(env|file|command|keyring):.)/s.test(one));
    fc.assert(
      fc.property(text, (secret) => {
        assert.throws(
          () => parseSecretPlace(secret),
          (error: Failure) => !`${error.message}${error.hint}`.includes(secret),
        );
      }),
    );
  });
});
