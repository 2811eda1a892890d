import { Failure } from '../errors.js';
import type { BalancedNode } from './balancer.js';

/** Where a node is reached, with everything in it safe to be written into a configuration. */
export interface Endpoint {
  readonly secure: boolean;
  /** A host name, an IPv4 address, or an IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
  /** Of a virtual directory; empty, or begins with `/` and does not end with it. */
  readonly path: string;
}

const hostName = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_]([a-z0-9_-]{0,62}))*\.?$/i;
const ipv4 = /^(25[0-5]|2[0-4]\d|1?\d?\d)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$/;
const ipv6 = /^[0-9a-f:.]+$/i;
const directory = /^(\/[a-z0-9_~-][a-z0-9._~-]*)*$/i;

/** A host name or an IPv4 address, of ASCII letters. */
export const isHost = (text: string): boolean => hostName.test(text);

export const isIp = (host: string): boolean => ipv4.test(host) || isIpv6(host);

/** Only what an address can be in a URL: `10.0.0.9:9` has colons, too. https://url.spec.whatwg.org/#concept-ipv6-parser */
const isIpv6 = (host: string): boolean => ipv6.test(host) && URL.canParse(`http://[${host}]`);

/** A host as it stands in front of `:port`. */
const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host);

/** `host:port` */
export const authority = ({ host, port }: Pick<Endpoint, 'host' | 'port'>): string => `${bracketed(host)}:${port}`;

/** Reads a node's web address. Rejects, by the node's name, whatever a configuration could misread. */
export function endpointOf({ name, url }: BalancedNode): Endpoint {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) throw invalid(name, url);
  const secure = parsed.protocol === 'https:';
  const host = parsed.hostname.replace(/^\[|\]$/g, '');
  if (!hostName.test(host) && !(parsed.hostname.startsWith('[') && ipv6.test(host))) throw invalid(name, url);
  const port = parsed.port === '' ? (secure ? 443 : 80) : Number(parsed.port);
  const path = parsed.pathname.replace(/\/+$/, '');
  if (port === 0 || parsed.username !== '' || parsed.password !== '' || !directory.test(path)) throw invalid(name, url);
  return { secure, host, port, path };
}

const invalid = (name: string, url: string) =>
  new Failure('usage', `${JSON.stringify(withoutLogin(url))} is no web address for the node ${JSON.stringify(name)}`, {
    hint: 'Write it like https://web-1.example.com:443.',
  });

/** A password must not reach the screen. */
const withoutLogin = (url: string): string => url.replace(/\/\/[^/]*@/, '//…@');

/** Nodes in an order that does not depend on where they come from or on the language of the machine. */
export const inStableOrder = <T extends { readonly name: string }>(nodes: readonly T[]): readonly T[] =>
  nodes.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
