import { execFile } from 'node:child_process';
import { chmod, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Failure } from '../errors.js';
import type { SecretPlace, SecretStore, Secrets } from '../ports/secrets.js';
import type { Terminal } from '../ports/terminal.js';

/** Milliseconds a secret command may take: some ask a person for a touch or a password. */
const patience = 60_000;

export function localSecrets(terminal: Pick<Terminal, 'interactive' | 'secret'>): Secrets {
  return {
    async read(place, signal) {
      const value = await lookUp(place, terminal, signal);
      if (value === '') throw new Failure('usage', `${name(place)} holds no secret: it is empty`);
      return value;
    },
  };
}

export const localSecretStore: SecretStore = {
  async keep(place, secret, signal) {
    if ('keyring' in place) return await (await import('./keyring.js')).writeKeyring(place.keyring, secret, signal);
    try {
      await mkdir(dirname(place.file), { recursive: true, mode: 0o700 });
      await writeFile(place.file, secret, { mode: 0o600 });
      await chmod(place.file, 0o600);
    } catch (error) {
      throw new Failure('failed', `cannot write the secret to ${place.file}: ${(error as Error).message}`);
    }
  },
  async forget(place, signal) {
    if ('keyring' in place) return await (await import('./keyring.js')).forgetInKeyring(place.keyring, signal);
    const there = await stat(place.file).then(
      () => true,
      () => false,
    );
    await rm(place.file, { force: true });
    return there;
  },
};

async function lookUp(
  place: SecretPlace,
  terminal: Pick<Terminal, 'interactive' | 'secret'>,
  signal: AbortSignal,
): Promise<string> {
  if ('env' in place) return fromEnvironment(place.env);
  if ('file' in place) return await fromFile(place.file);
  if ('command' in place) return await fromCommand(place.command, signal);
  if ('keyring' in place) return await (await import('./keyring.js')).readKeyring(place.keyring, signal);
  const question = place.prompt === true ? 'Password:' : place.prompt;
  if (terminal.interactive) return await terminal.secret(question, signal);
  throw new Failure('usage', `${question} nobody can be asked here`, {
    hint: 'Name a place in the context file instead: { file: FILE }, { env: VARIABLE } or { keyring: NAME }',
  });
}

function fromEnvironment(variable: string): string {
  const value = process.env[variable];
  if (value === undefined) {
    throw new Failure('usage', `the environment variable ${variable} is not set`, {
      hint: 'It holds a secret, as the context file says. Where each value comes from: octo-ha config show',
    });
  }
  return value;
}

async function fromFile(path: string): Promise<string> {
  try {
    const { mode } = await stat(path);
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new Failure('usage', `${path} holds a secret but others can read it`, { hint: `Run: chmod 600 ${path}` });
    }
    return withoutLineEnd(await readFile(path, 'utf8'));
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure('usage', `cannot read the secret in ${path}: ${(error as Error).message}`);
  }
}

function fromCommand([program = '', ...argv]: readonly string[], signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, argv, { signal, timeout: patience, windowsHide: true }, (error, stdout) => {
      if (signal.aborted) reject(signal.reason);
      // The command's output may hold the secret, so only its outcome is told.
      else if (error)
        reject(new Failure('usage', `the secret command ${program} failed (${error.code ?? error.signal})`));
      else resolve(withoutLineEnd(stdout));
    });
  });
}

const withoutLineEnd = (text: string): string => text.replace(/\r?\n$/, '');

function name(place: SecretPlace): string {
  if ('env' in place) return `the environment variable ${place.env}`;
  if ('file' in place) return place.file;
  if ('command' in place) return `the secret command ${place.command[0]}`;
  return 'keyring' in place ? `the keyring's entry ${place.keyring}` : 'the answer';
}
