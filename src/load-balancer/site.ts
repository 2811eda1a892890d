import { Failure } from '../errors.js';
import {
  type BalancedNode,
  type HealthCheck,
  type Member,
  type Plan,
  type Portal,
  pingPath,
  type Stream,
  usualHealthCheck,
} from './balancer.js';
import { endpointOf, inStableOrder, isHost, isIp } from './endpoint.js';

/** What somebody wants of a load balancer, as it is typed or stands in the context file. */
export interface SiteWishes {
  /** The name that people type. */
  readonly host?: string | undefined;
  /** `*:443`, `127.0.0.1:8080`; the address may be left out. */
  readonly listen?: string | undefined;
  /** A file with the certificate's chain, and with its key unless that is apart; or what the product calls it. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** The nodes end TLS themselves. */
  readonly passThrough?: boolean | undefined;
  readonly ca?: string | undefined;
  readonly backendName?: string | undefined;
  readonly hostHeader?: string | undefined;
  /** Bytes. */
  readonly maxBody?: number | undefined;
  /** Milliseconds that a request may be silent. */
  readonly requestTimeout?: number | undefined;
  readonly proxiesInFront?: readonly string[] | undefined;
  /** Every polling Tentacle may reach any node: multi-node polling. */
  readonly polling?: boolean | undefined;
  /** A port of the balancer for each node that is polled: `NODE=PORT`, or `NODE=PORT:PORT-OF-THE-NODE`. */
  readonly pollingPorts?: readonly string[] | undefined;
  readonly grpc?: boolean | undefined;
  /** Which nodes serve the portal. */
  readonly webNodes?: 'all' | 'task' | 'ui-only' | undefined;
  /** Nodes that are left out altogether. */
  readonly without?: readonly string[] | undefined;
  /** `NODE=WHAT`: what the product calls a node where it takes no address. */
  readonly targets?: readonly string[] | undefined;
  /** Milliseconds between two checks of a node. */
  readonly interval?: number | undefined;
  readonly fall?: number | undefined;
  readonly rise?: number | undefined;
  /** Milliseconds for one check. */
  readonly checkTimeout?: number | undefined;
  readonly socket?: string | undefined;
  readonly manager?: boolean | undefined;
}

/** A request may last 20 minutes and bring 5 GB, so that large packages and slow queries end well. */
const usualRequestTimeout = 20 * 60_000;
const usualMaxBody = 5 * 1024 ** 3;

const pollingPort = 10_943;
const grpcPort = 8_443;

/** Checks every word that somebody typed or a node is registered with. Rejects with what is wrong with it. */
export function planOf(nodes: readonly BalancedNode[], wishes: SiteWishes, origin: string): Plan {
  const without = new Set(wishes.without?.map((name) => name.toLowerCase()));
  const all = inStableOrder(nodes.filter(({ name }) => !without.has(name.toLowerCase())));
  const targets = byNode(all, wishes.targets ?? [], 'targets');
  const endpoints = new Map(all.map((node) => [node.name, endpointOf(node)]));
  const memberOf = (node: BalancedNode): Member => {
    const { host, port, secure } = endpointOf(node);
    const target = targets.get(node.name);
    return { name: node.name, host, port, secure, drained: node.drained === true, target };
  };
  const web = all.filter((node) => servesWeb(node, wishes.webNodes ?? 'all')).map(memberOf);
  if (web.length === 0) throw new Failure('usage', 'a load balancer needs at least one node that serves the portal');
  const { address, port } = listening(wishes);
  const polled = all.filter(({ uiOnly }) => uiOnly !== true).map(memberOf);
  const streams = [
    ...(wishes.passThrough === true ? [passThrough(port, web)] : []),
    ...pollingStreams(polled, wishes),
    ...(wishes.grpc === true ? [stream('grpc', grpcPort, web, grpcPort, true)] : []),
  ];
  refuseSharedPorts([...(wishes.passThrough === true ? [] : [port]), ...streams.map((one) => one.port)]);
  const publicHost = optionally(wishes.host, checkedHost);
  const hostHeader = optionally(wishes.hostHeader, checkedHostHeader);
  return {
    portal: wishes.passThrough === true ? undefined : portalOf(wishes, address, port, web),
    streams,
    publicHost,
    ping: `${commonPath([...endpoints.values()].map(({ path }) => path))}${pingPath}`,
    hostHeader,
    checkHost: hostHeader ?? publicHost ?? 'octopus',
    ca: optionally(wishes.ca, checkedPath),
    backendName: optionally(wishes.backendName, checkedHost),
    health: healthOf(wishes),
    largestBody: wishes.maxBody ?? usualMaxBody,
    longestRequest: wishes.requestTimeout ?? usualRequestTimeout,
    proxiesInFront: (wishes.proxiesInFront ?? []).map(checkedNetwork),
    socket: optionally(wishes.socket, checkedPath),
    manager: wishes.manager === true,
    origin,
  };
}

const servesWeb = ({ uiOnly = false }: BalancedNode, which: 'all' | 'task' | 'ui-only'): boolean =>
  which === 'all' || (which === 'ui-only') === uiOnly;

function portalOf({ cert, key }: SiteWishes, address: string, port: number, members: readonly Member[]): Portal {
  if (cert === undefined && key !== undefined) throw new Failure('usage', 'a key without a certificate is of no use');
  const tls = cert === undefined ? undefined : { certificate: checkedPath(cert), key: optionally(key, checkedPath) };
  return { address, port, tls, members, secure: members.every(({ secure }) => secure) };
}

function passThrough(port: number, members: readonly Member[]): Stream {
  const plain = members.find(({ secure }) => !secure);
  if (plain !== undefined) {
    throw new Failure('usage', `the node ${JSON.stringify(plain.name)} cannot end TLS: its address is not https`);
  }
  return {
    name: 'portal',
    port,
    targets: members.map((member) => ({ port: member.port, member })),
    leavesDrained: true,
  };
}

const stream = (
  name: string,
  port: number,
  members: readonly Member[],
  to: number,
  leavesDrained: boolean,
): Stream => ({
  name,
  port,
  targets: members.map((member) => ({ port: to, member })),
  leavesDrained,
});

/** Work for a polling Tentacle waits in the memory of one node, unless the cluster is set up for multi-node polling. */
function pollingStreams(members: readonly Member[], { polling, pollingPorts = [] }: SiteWishes): readonly Stream[] {
  const ports = byNode(members, pollingPorts, 'polling ports');
  if (polling === true && ports.size > 0) {
    throw new Failure('usage', 'polling Tentacles share one address, or each node has its own port, but not both');
  }
  if (polling === true) return [stream('polling', pollingPort, members, pollingPort, false)];
  return members
    .filter(({ name }) => ports.has(name))
    .map((member) => {
      const [from = '', to = String(pollingPort)] = (ports.get(member.name) ?? '').split(':');
      const port = checkedPort(from);
      return stream(`polling-${port}`, port, [member], checkedPort(to), false);
    });
}

/** `NODE=VALUE`, by the node's name. */
function byNode(
  nodes: readonly { readonly name: string }[],
  pairs: readonly string[],
  what: string,
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const pair of pairs) {
    const at = pair.lastIndexOf('=');
    const node = nodes.find(({ name }) => name.toLowerCase() === pair.slice(0, at).toLowerCase());
    const value = pair.slice(at + 1);
    if (at < 1 || node === undefined || !/^[A-Za-z0-9._:/-]{1,200}$/.test(value)) {
      throw new Failure('usage', `${JSON.stringify(pair)} is none of the ${what}`, {
        hint: `Write NODE=VALUE; the nodes here are: ${nodes.map(({ name }) => name).join(', ') || 'none'}.`,
      });
    }
    found.set(node.name, value);
  }
  return found;
}

function listening({ listen, cert, passThrough }: SiteWishes): { address: string; port: number } {
  const usual = cert !== undefined || passThrough === true ? 443 : 80;
  const [, address = '*', port = String(usual)] = /^(?:(.*):)?(\d+)$/.exec(listen ?? `*:${usual}`) ?? ['', listen, '0'];
  const bare = address.replace(/^\[(.*)\]$/, '$1');
  if (bare === '*' || isHost(bare) || isIp(bare)) return { address: bare, port: checkedPort(port) };
  throw new Failure('usage', `${JSON.stringify(listen)} is no address to listen on`, {
    hint: 'Write it like *:443 or 127.0.0.1:8080.',
  });
}

function checkedPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65_535) return port;
  throw new Failure('usage', `${JSON.stringify(text)} is no port`, { hint: 'A port is a number from 1 to 65535.' });
}

function checkedHost(text: string): string {
  if (isHost(text)) return text;
  throw new Failure('usage', `${JSON.stringify(text)} is no host name`, { hint: 'Write it like octopus.example.com.' });
}

function checkedHostHeader(text: string): string {
  const [, host = '', port = '80'] = /^(.*?)(?::(\d+))?$/.exec(text) ?? [];
  checkedPort(port);
  checkedHost(host);
  return text;
}

/** Files of the balancer's machine, or an ARN, or a name. What no syntax gives a meaning to, and nothing else. */
function checkedPath(text: string): string {
  if (/^[A-Za-z0-9 _./\\:@+=,~()-]{1,500}$/.test(text) && !/^[ -]|[\\ ]$/.test(text)) return text;
  throw new Failure('usage', `${JSON.stringify(text)} cannot be written into a configuration`, {
    hint: 'Letters, digits, spaces and _ . / \\ : @ + = , ~ ( ) - can. Rename the file, or link to it.',
  });
}

function checkedNetwork(text: string): string {
  const [address = '', bits = '32', ...more] = text.split('/');
  if (isIp(address) && /^\d{1,3}$/.test(bits) && Number(bits) <= 128 && more.length === 0) return text;
  throw new Failure('usage', `${JSON.stringify(text)} is no network`, { hint: 'Write it like 10.1.0.0/16.' });
}

/** Checks come twice as often while a node's state is about to change, where a product can do that. */
export function healthOf({ interval, fall, rise, checkTimeout }: SiteWishes): HealthCheck {
  const health = {
    interval: interval ?? usualHealthCheck.interval,
    fastInterval: Math.ceil((interval ?? usualHealthCheck.interval) / 2),
    fall: fall ?? usualHealthCheck.fall,
    rise: rise ?? usualHealthCheck.rise,
    timeout: checkTimeout ?? usualHealthCheck.timeout,
  };
  const whole = Object.values(health).every((one) => Number.isInteger(one) && one > 0);
  if (whole && health.fall <= 100 && health.rise <= 100) return health;
  throw new Failure('usage', 'times and counts of a health check are whole numbers above 0, and counts at most 100');
}

/** One configuration asks every node the same path. */
function commonPath(paths: readonly string[]): string {
  const [first = '', ...others] = [...new Set(paths)];
  if (others.length === 0) return first;
  throw new Failure(
    'usage',
    `the nodes' addresses have different paths: ${paths.map((path) => path || '/').join(', ')}`,
  );
}

function refuseSharedPorts(ports: readonly number[]): void {
  const twice = ports.find((port, i) => ports.indexOf(port) !== i);
  if (twice !== undefined) throw new Failure('usage', `the port ${twice} would be listened on twice`);
}

const optionally = <T>(value: string | undefined, check: (text: string) => T): T | undefined =>
  value === undefined ? undefined : check(value);

/** The one name that every node's certificate must hold, for products that check a single one. */
export function sharedName({ backendName, publicHost, portal }: Plan, title: string): string {
  const hosts = new Set(portal?.members.map(({ host }) => host));
  const name = backendName ?? publicHost ?? (hosts.size === 1 ? [...hosts][0] : undefined);
  if (name !== undefined) return name;
  throw new Failure('usage', `${title} checks one name in every node's certificate, and it is not known which`, {
    hint: 'Name it with --backend-name, or the public name with --host.',
  });
}

/** What a cloud's balancer sends to: an address, or what was said with `--target`. */
export function targetOf({ name, host, target }: Member, title: string): string {
  if (target !== undefined) return target;
  if (isIp(host)) return host;
  throw new Failure('usage', `${title} cannot reach the node ${JSON.stringify(name)} by the name ${host}`, {
    hint: `Give its address with --targets '${name}=10.0.0.1', or what ${title} takes in its place.`,
  });
}

/** The portal, for products that can do nothing but read its requests. */
export function portalOfPlan({ portal }: Plan, title: string): Portal {
  if (portal !== undefined) return portal;
  throw new Failure('usage', `${title} cannot pass TLS through to the nodes`);
}

/** For products that reach every node at one port. */
export function samePort(ports: readonly number[], title: string): number {
  const [first = 0, ...others] = [...new Set(ports)];
  if (others.length === 0) return first;
  throw new Failure(
    'usage',
    `${title} reaches every node at the same port, not at ${[first, ...others].join(' and ')}`,
  );
}
