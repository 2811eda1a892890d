import { isIP } from 'node:net';
import { join } from 'node:path';
import { Failure } from '../../errors.js';

/** How to reach and log in to one host, as the administrator's ssh configuration has it. */
export interface HostSettings {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** `HostKeyAlias`: the name that known hosts have for it. */
  readonly alias: string | undefined;
  readonly keyFiles: readonly string[];
  /** Keys that only the agent holds are not to be tried. */
  readonly identitiesOnly: boolean;
  /** The agent's socket or pipe. */
  readonly agent: string | undefined;
  /** Hosts to go through, the nearest first, as `user@host:port`. */
  readonly jumps: readonly string[];
  readonly knownHostsFiles: readonly string[];
}

/** What a person gave for a host; it goes before the configuration. */
export interface Destination {
  readonly host: string;
  readonly user?: string | undefined;
  readonly port?: number | undefined;
}

/** Keywords in lower case with all their values, in order. */
export type Keywords = ReadonlyMap<string, readonly string[]>;

export interface Surroundings {
  readonly home: string;
  /** The name this machine has for the person. */
  readonly user: string;
  /** `SSH_AUTH_SOCK`, or where the system keeps its agent. */
  readonly agent: string | undefined;
}

/**
 * Names become arguments of `ssh -G`, and a `Match exec` of the configuration may put them on a command line:
 * https://nvd.nist.gov/vuln/detail/CVE-2023-51385
 */
export function assertHarmless({ host, user }: Destination): void {
  if (isIP(host) === 0 && !/^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(host)) {
    throw new Failure('usage', `${JSON.stringify(host)} is not the name of a host`);
  }
  if (user !== undefined && !/^[^\s'"`$;&<>|(){}-][^\s'"`$;&<>|(){}]*$/.test(user)) {
    throw new Failure('usage', `${JSON.stringify(user)} is not the name of an account`);
  }
}

/** `host`, `user@host`, `host:port`, `[address]:port` or `ssh://…`. */
export function parseDestination(text: string): Destination {
  const [, user, address = ''] = /^(?:ssh:\/\/)?(?:(.*)@)?(.*?)\/?$/.exec(text) ?? [];
  const whole = isIP(address) === 6 ? [address, address] : /^(\[[^\]]+\]|[^:]+)(?::(\d+))?$/.exec(address);
  if (whole === null) throw new Failure('usage', `${JSON.stringify(text)} is not a host to go through`);
  const [, host = '', port] = whole;
  const destination = {
    host: host.replace(/^\[(.*)\]$/, '$1'),
    ...(user === undefined ? {} : { user }),
    ...(port === undefined ? {} : { port: Number(port) }),
  };
  assertHarmless(destination);
  return destination;
}

export function toSettings(destination: Destination, keywords: Keywords, around: Surroundings): HostSettings {
  const first = (name: string) => keywords.get(name)?.[0];
  const words = (name: string) =>
    (keywords.get(name) ?? []).flatMap((value) => value.split(/\s+/)).filter((word) => word !== '' && word !== 'none');
  const command = first('proxycommand');
  if (command !== undefined && command !== 'none') {
    throw new Failure(
      'usage',
      `the ssh configuration reaches ${destination.host} by a ProxyCommand, which octo-ha does not run`,
      {
        hint: 'Use ProxyJump in the ssh configuration instead',
      },
    );
  }
  const user = destination.user ?? first('user') ?? around.user;
  const host = (first('hostname') ?? destination.host).replaceAll('%h', destination.host).replaceAll('%%', '%');
  const expand = (path: string) => expandPath(path, { ...around, host, remoteUser: user });
  return {
    host,
    port: destination.port ?? Number(first('port') ?? 22),
    user,
    alias: first('hostkeyalias'),
    keyFiles: (keywords.get('identityfile') ?? []).filter((file) => file !== 'none').map(expand),
    identitiesOnly: first('identitiesonly') === 'yes',
    agent: agentOf(first('identityagent'), expand, around),
    jumps: words('proxyjump').flatMap((value) => value.split(',')),
    knownHostsFiles: [...words('userknownhostsfile'), ...words('globalknownhostsfile')].map(expand),
  };
}

function agentOf(
  configured: string | undefined,
  expand: (path: string) => string,
  { agent }: Surroundings,
): string | undefined {
  if (configured === undefined || configured === 'SSH_AUTH_SOCK') return agent;
  return configured === 'none' ? undefined : expand(configured);
}

/** https://man.openbsd.org/ssh_config#TOKENS, those that files of keys are named with. */
function expandPath(
  path: string,
  { home, user, host, remoteUser }: Surroundings & { host: string; remoteUser: string },
) {
  const values: Readonly<Record<string, string>> = { d: home, u: user, h: host, r: remoteUser, '%': '%' };
  const expanded = path.replace(/^"(.*)"$/, '$1').replace(/%(.)/g, (token, letter: string) => values[letter] ?? token);
  return expanded === '~' || /^~[/\\]/.test(expanded) ? join(home, expanded.slice(1)) : expanded;
}
