import { createHash } from 'node:crypto';
import ssh2 from 'ssh2';
import type { SshKey } from '../../ports/ssh-server.js';

/** A new pair of ed25519 keys. */
export function newSshKey(): SshKey {
  for (;;) {
    const { private: secret, public: shown } = ssh2.utils.generateKeyPairSync('ed25519');
    // ssh2 leaves leading zeros of a public key out, which spoils one pair in 256.
    if (ssh2.utils.parseKey(secret) instanceof Error || ssh2.utils.parseKey(shown) instanceof Error) continue;
    const [type = '', blob = ''] = shown.split(' ');
    const digest = createHash('sha256').update(Buffer.from(blob, 'base64')).digest('base64').replace(/=+$/, '');
    return { private: secret, public: `${type} ${blob}`, fingerprint: `${type} SHA256:${digest}` };
  }
}
