import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import ssh2 from 'ssh2';
import { hostKeyOf } from '../../../src/adapters/ssh/host-trust.js';
import { newSshKey } from '../../../src/adapters/ssh/new-key.js';

describe('a new key for SSH', () => {
  test('is one that can be read, signs, and is told by its fingerprint, a thousand times', () => {
    const data = Buffer.from('something to sign');
    for (let i = 0; i < 1_000; i++) {
      const key = newSshKey();
      const [secret, shown] = [ssh2.utils.parseKey(key.private), ssh2.utils.parseKey(key.public)];

      assert.ok(!(secret instanceof Error) && !(shown instanceof Error), key.public);
      assert.equal(shown.verify(data, secret.sign(data)), true);
      const { type, fingerprint } = hostKeyOf(shown.getPublicSSH());
      assert.equal(key.fingerprint, `${type} ${fingerprint}`);
    }
  });
});
