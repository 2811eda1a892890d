import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { appendFile, copyFile, writeFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { answersFrom } from '../../../src/adapters/ssh/answers.js';
import { sshShell } from '../../../src/adapters/ssh/ssh-shell.js';
import { Failure } from '../../../src/errors.js';
import { type Keys, makeKeys, type OpenSsh, publicKey, startOpenSsh, withoutOpenSsh } from '../../support/open-ssh.js';

/** Only root is shown the passwords of a system, and may give OpenSSH's server a list of its own. */
const skip =
  withoutOpenSsh ||
  (process.platform !== 'linux' && 'Linux only') ||
  (process.getuid?.() !== 0 && 'needs root') ||
  (spawnSync('unshare', ['--mount', 'true']).status !== 0 && 'nothing can be mounted here');

const never = new AbortController().signal;
const user = 'octo-admin';
const password = `a "long" pass'word; $HOME`;

describe('logging in to OpenSSH by password', { skip }, () => {
  let keys: Keys;
  let server: OpenSsh;
  let configuration: string;

  before(async () => {
    keys = await makeKeys();
    const [people, passwords] = [keys.path('passwd'), keys.path('shadow')];
    await copyFile('/etc/passwd', people);
    await copyFile('/etc/shadow', passwords);
    const hash = execFileSync('openssl', ['passwd', '-6', '-stdin'], { input: `${password}\n`, encoding: 'utf8' });
    await appendFile(people, `${user}:x:65533:65533::/:/bin/sh\n`);
    await appendFile(passwords, `${user}:${hash.trim()}:20000:0:99999:7:::\n`);
    const binds = `mount --bind ${people} /etc/passwd && mount --bind ${passwords} /etc/shadow`;
    server = await startOpenSsh(keys, {
      settings: ['PasswordAuthentication yes'],
      within: ['unshare', '--mount', 'sh', '-c', `${binds} && exec "$@"`, 'sshd'],
    });
    configuration = keys.path('config');
    const known = keys.path('known');
    await writeFile(known, `[127.0.0.1]:${server.port} ${await publicKey(server.hostKeys.ed25519)}\n`);
    await writeFile(
      configuration,
      `UserKnownHostsFile ${known}\nGlobalKnownHostsFile none\nIdentityAgent none\nIdentitiesOnly yes\n`,
    );
  });

  after(async () => {
    await server?.[Symbol.asyncDispose]();
    await keys?.[Symbol.asyncDispose]();
  });

  async function whoAmI(known: string): Promise<string> {
    const secrets = { read: async () => known } as never;
    await using shell = sshShell(
      { host: '127.0.0.1', port: server.port, user, keyFiles: [] },
      {
        ask: answersFrom({ password: { env: 'PASSWORD' }, passphrase: undefined } as never, secrets),
        configuration: { file: configuration, ssh: null },
      },
    );
    return (await shell.run({ language: 'sh', script: 'id -un' }, '{}', never)).stdout.trim();
  }

  test('takes the password of the account', async () => {
    assert.equal(await whoAmI(password), user);
  });

  test('says that it was wrong, and not what it was', async () => {
    const wrong = 'another-pass-word';
    const failure = await whoAmI(wrong).catch((error: unknown) => error);

    assert.ok(failure instanceof Failure, String(failure));
    const at = `${user}@127.0.0.1:${server.port}`;
    assert.deepEqual(
      [failure.kind, failure.message],
      ['unreachable', `${at} does not let us log in: tried a password, answers to its questions`],
    );
    assert.ok(!`${failure.stack} ${JSON.stringify(failure)}`.includes(wrong));
  });
});
