import { Failure } from '../errors.js';
import {
  type BalancedNode,
  type BalancerProduct,
  type BalancerTiming,
  type HealthCheck,
  longestRequest,
  pingPath,
  type Site,
} from './balancer.js';
import { type Endpoint, endpointOf, inStableOrder } from './endpoint.js';

/**
 * HAProxy 2.4 and later. It has no limit for the size of a body, retries a GET on another node as long as nothing was
 * answered, and never repeats anything else. https://docs.haproxy.org/2.6/configuration.html
 */
export const haproxy: BalancerProduct = {
  name: 'haproxy',
  title: 'HAProxy',
  render: (site) => `${lines(site).join('\n')}\n`,
  timing,
};

/** A check may come a whole interval after the node's answer changed; a second is for the check itself. */
function timing({ interval, fall, rise }: HealthCheck): BalancerTiming {
  return { outAfter: fall * interval + 1_000, inAfter: rise * interval + 1_000 };
}

function lines({ nodes, listen, health, ca, origin }: Site): readonly string[] {
  if (nodes.length === 0) throw new Failure('usage', 'a load balancer needs at least one node');
  const { interval, fastInterval, fall, rise, timeout } = health;
  return [
    `# ${oneLine(origin)}`,
    '# Made from the registered nodes: render it again rather than editing it.',
    '',
    'global',
    '    log stdout format raw local0 info',
    '',
    'defaults',
    '    mode http',
    '    timeout connect 5s',
    '    timeout http-request 30s',
    '    timeout http-keep-alive 60s',
    `    timeout check ${timeout}ms`,
    `    timeout client ${longestRequest / 60_000}m`,
    `    timeout server ${longestRequest / 60_000}m`,
    '    option forwardfor',
    '    # A reload closes idle connections in order, so that no request is lost.',
    '    option idle-close-on-response',
    '',
    'frontend octopus',
    `    bind ${address(listen)}${listen.certificate === undefined ? '' : ` ssl crt ${quoted(listen.certificate)}`}`,
    '    http-request set-header X-Forwarded-Proto https if { ssl_fc }',
    '    http-request set-header X-Forwarded-Proto http if !{ ssl_fc }',
    '    http-request set-header X-Forwarded-Host %[req.hdr(host)]',
    '    default_backend octopus_nodes',
    '',
    'backend octopus_nodes',
    '    # Nodes that come and go; not every request.',
    '    log global',
    '    balance roundrobin',
    '    option redispatch 1',
    '    retries 3',
    '    retry-on conn-failure empty-response',
    '    http-request disable-l7-retry unless METH_GET',
    '    # A node that drains answers its ping with 418 and gets no more requests.',
    '    option httpchk',
    `    http-check send meth GET uri ${pingPath} ver HTTP/1.1 hdr Host octopus`,
    '    http-check expect status 200',
    `    default-server check inter ${interval}ms fastinter ${fastInterval}ms fall ${fall} rise ${rise}`,
    '    default-server observe layer4 error-limit 3 on-error mark-down',
    '    # Nothing is sent to a node before its first check; an older HAProxy sends, and stops at the first failed one.',
    '    .if version_atleast(3.1)',
    '    default-server init-state down',
    '    .endif',
    ...inStableOrder(nodes).flatMap((node) => server(node, ca)),
  ];
}

function server(node: BalancedNode, ca: string | undefined): readonly string[] {
  const name = identifier(node.name);
  const endpoint = endpointOf(node);
  const line = `    server ${name} ${address({ address: endpoint.host, port: endpoint.port })}${secured(endpoint, ca)}`;
  return name === node.name ? [line] : [`    # ${oneLine(node.name)}`, line];
}

function secured({ secure, host }: Endpoint, ca: string | undefined): string {
  if (!secure) return '';
  return ` ssl verify required ca-file ${ca === undefined ? '@system-ca' : quoted(ca)} verifyhost ${host} sni str(${host}) check-sni ${host}`;
}

function address({ address, port }: { address: string; port: number }): string {
  const valid = /^(\*|[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+)$/.test(address);
  if (!valid || !Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new Failure('usage', `${JSON.stringify(address)} with port ${port} is no address to listen on`);
  }
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/**
 * A name as HAProxy takes it. Two names never become one: what it does not take stands between colons, and a colon is
 * among that.
 */
const identifier = (name: string): string =>
  name === ''
    ? '::'
    : [...name].map((c) => (/[A-Za-z0-9._-]/.test(c) ? c : `:${c.codePointAt(0)?.toString(16)}:`)).join('');

/** Text for a comment. */
const oneLine = (text: string): string =>
  text.replace(/[^\x20-\x7e]/g, (c) => `\\u{${c.codePointAt(0)?.toString(16)}}`);

/** A word that may hold anything printable. https://docs.haproxy.org/2.6/configuration.html#2.2 */
function quoted(path: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (path === '' || /[\u0000-\u001f\u007f]/.test(path)) {
    throw new Failure('usage', `${JSON.stringify(path)} cannot be written into a configuration of HAProxy`);
  }
  return `"${path.replace(/["\\$]/g, (c) => `\\${c}`)}"`;
}
