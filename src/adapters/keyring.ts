import type { AsyncEntry } from '@napi-rs/keyring';
import { Failure } from '../errors.js';

const service = 'octo-ha';

const otherWays =
  'Keep the password in a file that only you can read (--password-file, in the context file { file: FILE }), ' +
  'or in the environment (--password-env, { env: VARIABLE })';

export async function readKeyring(name: string, signal: AbortSignal): Promise<string> {
  const secret = await using(name, signal, (entry) => entry.getPassword(signal));
  if (secret !== null) return secret;
  throw new Failure('usage', `the keyring has no entry ${name} of ${service}`, {
    hint: 'Put it there with: octo-ha context add NAME --password-keyring --replace',
  });
}

export const writeKeyring = (name: string, secret: string, signal: AbortSignal): Promise<void> =>
  using(name, signal, (entry) => entry.setPassword(secret, signal));

export const forgetInKeyring = (name: string, signal: AbortSignal): Promise<boolean> =>
  using(name, signal, (entry) => entry.deleteCredential(signal));

async function using<T>(name: string, signal: AbortSignal, act: (entry: AsyncEntry) => Promise<T>): Promise<T> {
  const { AsyncEntry } = await load();
  try {
    // On Linux the driver would fall back to the kernel's keyring, which forgets at the next reboot.
    return await act(new AsyncEntry(service, name, { linux: { store: 'secret-service' } }));
  } catch (error) {
    signal.throwIfAborted();
    const why = error instanceof Error ? error.message : String(error);
    throw new Failure('usage', `the keyring of this machine cannot be used: ${why}`, { hint: otherWays, cause: error });
  }
}

async function load(): Promise<typeof import('@napi-rs/keyring')> {
  try {
    return await import('@napi-rs/keyring');
  } catch (error) {
    throw new Failure('usage', 'the keyring of this machine cannot be used: @napi-rs/keyring is not installed', {
      hint: otherWays,
      cause: error,
    });
  }
}
