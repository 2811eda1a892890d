import { Failure } from '../../errors.js';
import type { PartedConnection } from '../../ports/connection-strings.js';
import type { KeptPlace, SecretPlace } from '../../ports/secrets.js';
import type { Context } from '../context.js';
import { passwordFile } from './password-place.js';

/** Where the password is, and what has still to be put there. */
export type Placed =
  | { readonly place: KeptPlace; readonly secret: string }
  | { readonly place: SecretPlace; readonly secret?: undefined };

/** Decides where the password of a login is, and asks where it is to be put; the context file keeps none. */
export async function placeOfPassword(
  name: string,
  { password, takesPassword, description }: PartedConnection,
  named: SecretPlace | undefined,
  context: Context,
): Promise<Placed | undefined> {
  const { terminal, signal } = context;
  if (password !== undefined) {
    const kept = named ?? (await askPlace(name, description, context));
    if ('file' in kept || 'keyring' in kept) return { place: kept, secret: password };
    throw new Failure('usage', `the connection string holds a password, and another place is named for it`, {
      hint: 'Take it out of the connection string, or keep it with --password-keyring or --password-file FILE.',
    });
  }
  if (named !== undefined && 'keyring' in named) {
    if (!terminal.interactive) {
      throw new Failure('usage', 'the password for the keyring is missing, and nobody can be asked here', {
        hint: 'Name a place that has it: --password-env VARIABLE or --password-file FILE',
      });
    }
    return { place: named, secret: await terminal.secret(`Password for ${description}:`, signal) };
  }
  if (named !== undefined) return { place: named };
  return takesPassword ? { place: { prompt: true } } : undefined;
}

async function askPlace(name: string, description: string, context: Context): Promise<KeptPlace> {
  const { terminal, signal, configurationFile } = context;
  const refused = new Failure('refused', 'the connection string holds a password, and the context file keeps none', {
    hint:
      'Keep it with --password-keyring or --password-file FILE, ' +
      'or take it out and name where it is: --password-env VARIABLE',
  });
  if (!terminal.interactive) throw refused;
  terminal.say('The connection string holds a password. The context file keeps none.');
  if (await terminal.confirm('Put it into the keyring of this machine?', signal)) {
    return { keyring: `${name}: ${description}` };
  }
  const file = passwordFile(configurationFile, name);
  // Apart from the question: a question that is longer than a line is not drawn right by every terminal.
  terminal.say(`Otherwise it can go into ${file}`);
  if (await terminal.confirm('Put it into that file, which only you can read?', signal)) return { file };
  throw refused;
}
