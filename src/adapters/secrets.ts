import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { Failure } from '../errors.js';
import type { SecretPlace, Secrets } from '../ports/secrets.js';

/** Milliseconds a secret command may take: some ask a person for a touch or a password. */
const patience = 60_000;

export const localSecrets: Secrets = {
  async read(place, signal) {
    const value = await lookUp(place, signal);
    if (value === '') throw new Failure('usage', `${name(place)} holds no secret: it is empty`);
    return value;
  },
};

function lookUp(place: SecretPlace, signal: AbortSignal): Promise<string> {
  if ('env' in place) return fromEnvironment(place.env);
  return 'file' in place ? fromFile(place.file) : fromCommand(place.command, signal);
}

async function fromEnvironment(variable: string): Promise<string> {
  const value = process.env[variable];
  if (value === undefined) throw new Failure('usage', `the environment variable ${variable} is not set`);
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
  return 'file' in place ? place.file : `the secret command ${place.command[0]}`;
}
