import { Failure } from '../../errors.js';
import type { ShareCredentials } from '../../ports/share.js';

/** The authentication file of `smbclient`: `-A`. */
export function authenticationFile({ user, password }: ShareCredentials): string {
  const [, domain, name = ''] = /^(?:([^\\]*)\\)?(.*)$/s.exec(user) ?? [];
  if (name === '') throw new Failure('usage', 'the user of the share has no name');
  const lines = { username: name, password, ...(domain ? { domain } : {}) };
  return Object.entries(lines)
    .map(([what, value]) => `${what}=${fitting(what, value)}\n`)
    .join('');
}

/** It is read line by line, and blanks in front of a value are not taken for a part of it. */
function fitting(what: string, value: string): string {
  if (/[\p{Cc}]/u.test(value)) throw new Failure('usage', `the ${what} for the share contains a control character`);
  if (/^[ \t]/.test(value)) {
    throw new Failure('usage', `the ${what} for the share begins with a blank, which smbclient does not take`);
  }
  return value;
}
