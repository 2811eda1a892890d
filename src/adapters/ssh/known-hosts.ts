/**
 * The list of host keys that OpenSSH keeps, read the way OpenSSH reads it.
 * https://man.openbsd.org/sshd#SSH_KNOWN_HOSTS_FILE_FORMAT
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

export interface KnownHost {
  readonly marker: 'plain' | 'revoked' | 'cert-authority';
  /** The first field: patterns with commas between them, or one hashed name. */
  readonly hosts: string;
  readonly type: string;
  readonly key: Buffer;
}

const markers = { '@revoked': 'revoked', '@cert-authority': 'cert-authority' } as const;

/** Lines that cannot be understood are passed over, as OpenSSH does. */
export function parseKnownHosts(text: string): readonly KnownHost[] {
  return text.split('\n').flatMap((line) => {
    const fields = line.trim().split(/[ \t]+/);
    const [first = ''] = fields;
    if (first === '' || first.startsWith('#')) return [];

    const marker = first in markers ? markers[first as keyof typeof markers] : 'plain';
    if (marker === 'plain' && first.startsWith('@')) return [];
    const [hosts = '', type = '', encoded = ''] = marker === 'plain' ? fields : fields.slice(1);
    const key = Buffer.from(encoded, 'base64');
    return type !== '' && keyType(key) === type ? [{ marker, hosts, type, key }] : [];
  });
}

/** The name of its kind that every public key begins with; empty where there is none. */
export function keyType(key: Buffer): string {
  if (key.length < 4) return '';
  const length = key.readUInt32BE(0);
  return key.length < 4 + length ? '' : key.toString('latin1', 4, 4 + length);
}

/** How a host is written there: its port is named only where it is not the usual one. */
export function nameInKnownHosts(host: string, port: number): string {
  const name = host.toLowerCase();
  return port === 22 ? name : `[${name}]:${port}`;
}

/** Whether a line is about a host, given as `nameInKnownHosts` writes it. */
export function isAbout({ hosts }: Pick<KnownHost, 'hosts'>, name: string): boolean {
  if (hosts.startsWith('|')) return isHashOf(hosts, name);
  const patterns = hosts.split(',');
  const matches = (pattern: string) => matchesPattern(name, pattern.toLowerCase());
  const excluded = patterns.some((pattern) => pattern.startsWith('!') && matches(pattern.slice(1)));
  return !excluded && patterns.some((pattern) => !pattern.startsWith('!') && matches(pattern));
}

/** `|1|salt|hash`, the hash being HMAC-SHA1 of the name. */
function isHashOf(hashed: string, name: string): boolean {
  const [, version, salt = '', hash = ''] = hashed.split('|');
  if (version !== '1') return false;
  const expected = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest();
  const given = Buffer.from(hash, 'base64');
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** `*` stands for any characters and `?` for one. In time proportional to the product of the lengths. */
function matchesPattern(name: string, pattern: string): boolean {
  let at = 0;
  let from = 0;
  let star = -1;
  let resume = 0;
  while (at < name.length) {
    if (pattern[from] === '*') {
      star = from++;
      resume = at;
    } else if (from < pattern.length && (pattern[from] === '?' || pattern[from] === name[at])) {
      from++;
      at++;
    } else if (star >= 0) {
      from = star + 1;
      at = ++resume;
    } else {
      return false;
    }
  }
  while (pattern[from] === '*') from++;
  return from === pattern.length;
}
