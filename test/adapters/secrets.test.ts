import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { localSecretStore, localSecrets } from '../../src/adapters/secrets.js';
import { Failure } from '../../src/errors.js';
import type { SecretPlace } from '../../src/ports/secrets.js';
import { RecordingTerminal } from '../support/recording-terminal.js';

const signal = new AbortController().signal;
const secret = 'Gehe!m';

const read = (place: SecretPlace, answers?: readonly string[]) =>
  localSecrets(new RecordingTerminal(answers)).read(place, signal);

async function refusal(place: SecretPlace): Promise<string> {
  try {
    await read(place);
  } catch (error) {
    assert.ok(error instanceof Failure && error.kind === 'usage', String(error));
    const told = `${error.message}\n${error.hint ?? ''}`;
    assert.ok(!told.includes(secret), told);
    return told;
  }
  return assert.fail('a secret was read');
}

describe('a secret', () => {
  let directory: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'octo-ha-secrets-'));
  });
  after(() => rm(directory, { recursive: true }));

  test('is read from the environment', async () => {
    process.env['OCTO_HA_TEST_SECRET'] = secret;
    try {
      assert.equal(await read({ env: 'OCTO_HA_TEST_SECRET' }), secret);
    } finally {
      delete process.env['OCTO_HA_TEST_SECRET'];
    }
    assert.match(await refusal({ env: 'OCTO_HA_TEST_SECRET' }), /OCTO_HA_TEST_SECRET is not set/);
  });

  test('is read from a file that only its owner can read, and from no other', async () => {
    const file = join(directory, 'password');
    await writeFile(file, `${secret}\n`, { mode: 0o600 });
    assert.equal(await read({ file }), secret);

    for (const mode of [0o640, 0o604, 0o666]) {
      await chmod(file, mode);
      assert.match(await refusal({ file }), /others can read it\nRun: chmod 600 /);
    }
    await writeFile(join(directory, 'empty'), '\n', { mode: 0o600 });
    assert.match(await refusal({ file: join(directory, 'empty') }), /it is empty/);
    assert.match(await refusal({ file: join(directory, 'missing') }), /cannot read the secret in/);
  });

  test('is read from what a command prints', async () => {
    const print = (text: string, code = 0) => [process.execPath, '-e', `console.log('${text}'); process.exit(${code})`];
    assert.equal(await read({ command: print(secret) }), secret);

    assert.match(await refusal({ command: print(secret, 3) }), /the secret command .* failed \(3\)/);
  });

  test('is typed where somebody can be asked', async () => {
    assert.equal(await read({ prompt: 'Password of anna:' }, [secret]), secret);

    assert.match(await refusal({ prompt: true }), /nobody can be asked here\n.*\{ file: FILE \}/);
  });

  test('is kept in a file for its owner only, also where others could read what was there', async () => {
    const file = join(directory, 'new', 'kept');
    await localSecretStore.keep({ file }, 'first', signal);
    await chmod(file, 0o644);
    await localSecretStore.keep({ file }, secret, signal);

    assert.equal((await stat(file)).mode & 0o777, 0o600);
    assert.equal(await read({ file }), secret);
    assert.equal(await localSecretStore.forget({ file }, signal), true);
    assert.equal(await localSecretStore.forget({ file }, signal), false);
  });

  test('in a keyring that is not there is told with the other ways', async (t) => {
    if (process.platform !== 'linux' || process.env['DBUS_SESSION_BUS_ADDRESS']) return t.skip('this machine has one');

    assert.match(
      await refusal({ keyring: 'prod' }),
      /the keyring of this machine cannot be used: .*\n.*--password-file/,
    );
    await assert.rejects(localSecretStore.keep({ keyring: 'prod' }, secret, signal), /cannot be used/);
  });
});
