import { Failure } from '../errors.js';
import type { SecretPlace } from '../ports/secrets.js';
import type { Option } from './command.js';

const forms = 'env:VARIABLE, file:FILE, command:PROGRAM ARGUMENTS, keyring:ENTRY or prompt';

/** Reads where a secret is. What is no place may be the secret itself, so it is not told. */
export function parseSecretPlace(text: string): SecretPlace {
  const [, kind = text, rest = ''] = /^([a-z]+):(.+)$/s.exec(text) ?? [];
  if (kind === 'prompt' && rest === '') return { prompt: true };
  if (rest !== '') {
    switch (kind) {
      case 'env':
        return { env: rest };
      case 'file':
        return { file: rest };
      case 'command':
        return { command: rest.split(' ').filter((word) => word !== '') };
      case 'keyring':
        return { keyring: rest };
    }
  }
  throw new Failure('usage', 'this is no place of a secret (and the secret itself must not be given here)', {
    hint: `Name where it is: ${forms}`,
  });
}

/** Where a secret is, never the secret. */
export const secretPlace = (help: string): Option<SecretPlace | undefined> => ({
  kind: 'value',
  value: 'PLACE',
  help,
  initial: undefined,
  parse: parseSecretPlace,
});
