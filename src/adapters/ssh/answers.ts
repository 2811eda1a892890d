import type { SecretPlace, Secrets } from '../../ports/secrets.js';
import type { AskSecret } from './credentials.js';

export interface SecretPlaces {
  readonly passphrase?: SecretPlace | undefined;
  readonly password?: SecretPlace | undefined;
}

/** Answers from where the local context says its secrets are; what it says nothing of has no answer. */
export function answersFrom({ passphrase, password }: SecretPlaces, secrets: Secrets): AskSecret {
  return async (question, signal) => {
    const isPassword = question.kind === 'password' || (question.kind === 'prompt' && asksForPassword(question));
    const place = question.kind === 'passphrase' ? passphrase : isPassword ? password : undefined;
    return place && (await secrets.read(place, signal));
  };
}

/** A second factor is asked in the same way, and is not the password. */
const asksForPassword = ({ prompt, echo }: { prompt: string; echo: boolean }): boolean =>
  !echo && /password|passwort|mot de passe|contraseña/i.test(prompt) && !/one.?time|otp|new/i.test(prompt);
