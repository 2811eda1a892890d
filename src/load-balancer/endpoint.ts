import { Failure } from '../errors.js';
import type { BalancedNode } from './balancer.js';

/** Where a node is reached, with everything in it safe to be written into a configuration. */
export interface Endpoint {
  readonly secure: boolean;
  /** A host name, an IPv4 address, or an IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
}

const hostName = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_]([a-z0-9_-]{0,62}))*\.?$/i;
const ipv6 = /^[0-9a-f:.]+$/i;

/** Reads a node's web address. Rejects, by the node's name, whatever a configuration could misread. */
export function endpointOf({ name, url }: BalancedNode): Endpoint {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) throw invalid(name, url);
  const secure = parsed.protocol === 'https:';
  const host = parsed.hostname.replace(/^\[|\]$/g, '');
  if (!hostName.test(host) && !(parsed.hostname.startsWith('[') && ipv6.test(host))) throw invalid(name, url);
  const port = parsed.port === '' ? (secure ? 443 : 80) : Number(parsed.port);
  if (port === 0) throw invalid(name, url);
  return { secure, host, port };
}

const invalid = (name: string, url: string) =>
  new Failure('usage', `${JSON.stringify(url)} is no web address for the node ${JSON.stringify(name)}`, {
    hint: 'Write it like https://web-1.example.com:443.',
  });

/** Nodes in an order that does not depend on where they come from or on the language of the machine. */
export const inStableOrder = (nodes: readonly BalancedNode[]): readonly BalancedNode[] =>
  nodes.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
