import { connectionValue } from '../../cluster/connection-value.js';
import type { PartedConnection } from '../../ports/connection-strings.js';
import { describe, parseConnectionString } from './connection-string.js';
import { keyValuePairs } from './key-value-pairs.js';
import { keywordOf } from './keywords.js';

/** Takes the password out of a connection string; everything else stays as it was, in the same order. */
export function partPassword(text: string): PartedConnection {
  const settings = parseConnectionString(text);
  const { login } = settings;
  const rest = keyValuePairs(text).filter(({ keyword }) => keywordOf(keyword, false) !== 'Password');
  return {
    connection: rest.map(({ keyword, value }) => `${keyword}=${connectionValue(value)}`).join(';'),
    password: 'password' in login ? login.password : undefined,
    description: describe(settings),
    ...(settings.instance === undefined ? { place: `${settings.server}/${settings.port ?? 1433}` } : {}),
    takesPassword:
      login.kind === 'sql' ||
      login.kind === 'ntlm' ||
      (login.kind === 'entra' && (login.method === 'password' || login.method === 'service-principal')),
  };
}
