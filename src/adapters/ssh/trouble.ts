import { Failure } from '../../errors.js';
import type { HostSettings } from './host-settings.js';
import type { HostKey, HostTrust } from './host-trust.js';
import { nameInKnownHosts } from './known-hosts.js';

export const loginOf = ({ user, host, port }: HostSettings): string =>
  `${user}@${host}${port === 22 ? '' : `:${port}`}`;

interface Trouble {
  readonly level?: string;
  readonly code?: string;
  readonly message?: string;
}

const socketTroubles: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'its name is not known',
  EAI_AGAIN: 'its name cannot be looked up now',
  ETIMEDOUT: 'it does not answer',
  EHOSTUNREACH: 'there is no way to it',
  ENETUNREACH: 'there is no way to its network',
  ECONNRESET: 'it closed the connection',
};

/** Says in a person's words why a connection could not be made. `tried` are ways to log in. */
export function unreachable(settings: HostSettings, trouble: Trouble, tried: readonly string[] = []): Failure {
  const login = loginOf(settings);
  const options = { cause: trouble instanceof Error ? trouble : undefined };
  if (trouble.level === 'client-authentication') {
    const ways = tried.length === 0 ? 'there was nothing to log in with' : `tried ${tried.join(', ')}`;
    return new Failure('unreachable', `${login} does not let us log in: ${ways}`, {
      ...options,
      hint: `Try it by hand with: ssh ${settings.port === 22 ? '' : `-p ${settings.port} `}${settings.user}@${settings.host}`,
    });
  }
  if (trouble.level === 'client-timeout') return new Failure('unreachable', `${login} does not answer`, options);
  if (/no matching host key format/.test(trouble.message ?? '')) return withoutKnownKey(settings, options);
  const why = socketTroubles[trouble.code ?? ''] ?? trouble.message;
  return new Failure('unreachable', `cannot reach ${login} by ssh: ${why}`, options);
}

/** A host that no longer has the keys it was known by has changed them. */
function withoutKnownKey(settings: HostSettings, options: { cause: unknown }): Failure {
  return new Failure('refused', `${settings.host} shows none of the host keys it is known by`, {
    ...options,
    hint: changedHint(settings),
  });
}

const knownAs = ({ alias, host, port }: HostSettings): string => alias ?? nameInKnownHosts(host, port);

const changedHint = (settings: HostSettings): string =>
  `If its administrator says that the keys were changed, remove the old ones with: ssh-keygen -R '${knownAs(settings)}'`;

/** Shows a host's key, so that somebody can compare it, and how to accept it. */
export function distrusted(
  settings: HostSettings,
  key: HostKey,
  verdict: 'unknown' | 'changed' | 'revoked',
  trust: HostTrust,
): Failure {
  const { type, fingerprint } = key;
  const known = [...trust.listed, ...trust.pinned].filter((one) => one.type === type);
  const details = { hostKey: { host: settings.host, port: settings.port, verdict, ...key } };
  switch (verdict) {
    case 'unknown':
      return new Failure('refused', `the host key of ${settings.host} is not known: ${type} ${fingerprint}`, {
        hint: `${trust.byAuthority ? 'Certificates of hosts (@cert-authority) are not supported. ' : ''}${acceptHint(settings)}`,
        details,
      });
    case 'changed':
      return new Failure(
        'refused',
        [
          `the host key of ${settings.host} has changed: somebody may be listening in`,
          `  it shows  ${type} ${fingerprint}`,
          ...known.map((one) => `  known is  ${one.type} ${one.fingerprint}`),
        ].join('\n'),
        { hint: changedHint(settings), details },
      );
    case 'revoked':
      return new Failure('refused', `the host key of ${settings.host} is revoked: ${type} ${fingerprint}`, { details });
    default:
      return verdict satisfies never;
  }
}

/** By the person's own ssh, which asks and writes it down. */
function acceptHint({ user, host, port }: HostSettings): string {
  const options = `${port === 22 ? '' : `-p ${port} `}`;
  return `Compare it with the machine's own (ssh-keygen -l -f /etc/ssh/ssh_host_…_key.pub) and accept it with: ssh ${options}${user}@${host}`;
}
