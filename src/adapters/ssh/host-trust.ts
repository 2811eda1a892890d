import { createHash } from 'node:crypto';
import { isAbout, type KnownHost, keyType, nameInKnownHosts } from './known-hosts.js';

export interface HostKey {
  readonly type: string;
  /** As ssh prints it: `SHA256:` and base64 without padding. */
  readonly fingerprint: string;
}

/** What is known of the keys of one host. */
export interface HostTrust {
  readonly listed: readonly HostKey[];
  /** Accepted when the node was registered. */
  readonly pinned: readonly HostKey[];
  readonly revoked: readonly HostKey[];
  /** The lists vouch for it by the key of a certificate authority. */
  readonly byAuthority: boolean;
}

export interface HostNames {
  readonly host: string;
  readonly port: number;
  /** `HostKeyAlias` of the ssh configuration, which stands for host and port. */
  readonly alias?: string | undefined;
}

/**
 * `pinned` are keys as `ssh-ed25519 SHA256:…`. Where no line names the host with its port, lines that name it without
 * one count, as they do for OpenSSH.
 */
export function trustIn(
  known: readonly KnownHost[],
  { host, port, alias }: HostNames,
  pinned: readonly string[],
): HostTrust {
  const name = alias?.toLowerCase() ?? nameInKnownHosts(host, port);
  const exact = known.filter((line) => isAbout(line, name));
  const anyPort = alias === undefined ? known.filter((line) => isAbout(line, host.toLowerCase())) : [];
  const lines = exact.some(({ marker }) => marker !== 'revoked') ? exact : anyPort;
  return {
    listed: lines.filter(({ marker }) => marker === 'plain').map(({ key }) => hostKeyOf(key)),
    pinned: pinned.map((pin) => {
      const [type = '', fingerprint = ''] = pin.split(' ');
      return { type, fingerprint };
    }),
    revoked: [...exact, ...anyPort].filter(({ marker }) => marker === 'revoked').map(({ key }) => hostKeyOf(key)),
    byAuthority: lines.some(({ marker }) => marker === 'cert-authority'),
  };
}

export function hostKeyOf(key: Buffer): HostKey {
  const digest = createHash('sha256').update(key).digest('base64').replace(/=+$/, '');
  return { type: keyType(key), fingerprint: `SHA256:${digest}` };
}

/**
 * A key is trusted when the lists or the registration name it, and changed when either names other keys of its kind
 * only: neither outvotes the other.
 */
export function judgeHostKey(
  { type, fingerprint }: HostKey,
  { listed, pinned, revoked }: HostTrust,
): 'trusted' | 'unknown' | 'changed' | 'revoked' {
  const isIt = (key: HostKey) => key.fingerprint === fingerprint;
  if (revoked.some(isIt)) return 'revoked';
  const opinions = [listed, pinned].map((keys) => keys.filter((key) => key.type === type));
  const stated = opinions.filter((keys) => keys.length > 0);
  if (stated.length === 0) return 'unknown';
  return stated.every((keys) => keys.some(isIt)) ? 'trusted' : 'changed';
}

const usual = ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521', 'ssh-rsa'];

/**
 * The algorithms to offer a host: those of the keys known for it, since a server asked for more may show a key that
 * nobody has seen. An RSA key is asked to sign with SHA-2 only.
 */
export function algorithmsFor({ listed, pinned }: HostTrust): readonly string[] {
  const known = usual.filter((type) => [...pinned, ...listed].some((key) => key.type === type));
  return (known.length > 0 ? known : usual).flatMap((type) =>
    type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256'] : [type],
  );
}
