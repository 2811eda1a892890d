import { Failure } from '../../errors.js';
import type { ConfigurationFile } from '../../ports/configuration-file.js';
import type { SecretPlace } from '../../ports/secrets.js';

export interface PasswordFlags {
  readonly passwordEnv: string | undefined;
  readonly passwordFile: string | undefined;
  readonly passwordCommand: readonly string[];
  readonly passwordKeyring: boolean;
  readonly passwordPrompt: boolean;
}

/** The place of a password that the command line names; `undefined` where it names none. `entry` is the keyring's. */
export function namedPlace(flags: PasswordFlags, entry: string): SecretPlace | undefined {
  const places = [
    ...(flags.passwordEnv === undefined ? [] : [{ env: flags.passwordEnv }]),
    ...(flags.passwordFile === undefined ? [] : [{ file: flags.passwordFile }]),
    ...(flags.passwordCommand.length === 0 ? [] : [{ command: flags.passwordCommand }]),
    ...(flags.passwordKeyring ? [{ keyring: entry }] : []),
    ...(flags.passwordPrompt ? [{ prompt: true } as const] : []),
  ];
  if (places.length > 1) throw new Failure('usage', 'the password can be in one place only; name one');
  return places[0];
}

/** The file that a password is put in where the person agrees: beside the context file, named after the context. */
export const passwordFile = ({ path }: Pick<ConfigurationFile, 'path'>, context: string): string =>
  `${path.replace(/[^/\\]*$/, '')}${encodeURIComponent(context)}.password`;

/** A place in a few words. */
export function placeText(place: SecretPlace): string {
  if ('env' in place) return `the environment variable ${place.env}`;
  if ('file' in place) return `the file ${place.file}`;
  if ('command' in place) return `the command ${place.command.join(' ')}`;
  return 'keyring' in place ? `the keyring, as ${place.keyring}` : 'asked for each time';
}
