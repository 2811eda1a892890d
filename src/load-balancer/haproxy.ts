import {
  type BalancerProduct,
  type Member,
  onlyApache,
  type Plan,
  type Portal,
  type Stream,
  timingByCounts,
} from './balancer.js';
import { authority, isIp } from './endpoint.js';
import { commentText, indented, seconds } from './words.js';

/** The backend of the portal, as its runtime API knows it. */
export const haproxyBackend = 'octopus_nodes';

/**
 * HAProxy 2.6 and later. It has no limit for the size of a body, retries a GET on another node as long as nothing was
 * answered, and never repeats anything else. https://docs.haproxy.org/2.6/configuration.html
 */
export const haproxy: BalancerProduct = {
  name: 'haproxy',
  title: 'HAProxy',
  formats: [{ name: 'cfg', comment: '#', body: lines }],
  cannot: {
    key: 'it looks for the key in the certificate, or in a file of the same name with .key behind it',
    manager: onlyApache,
  },
  limits: [
    'A node counts as up until its first check has failed.',
    'Of the names in a certificate it reads no IP addresses: name nodes that are reached by theirs with --backend-name.',
    "It runs as whoever starts it. As root, add user and group to global, or start HAProxy with its distribution's file " +
      'and this one: haproxy -f FILE -f FILE',
  ],
  noticesDrain: true,
  timing: timingByCounts,
  test: (file) => ['haproxy', '-c', '-f', file],
  reload: ['systemctl', 'reload', 'haproxy'],
};

function lines(plan: Plan): readonly string[] {
  const { health, longestRequest, portal, socket, streams } = plan;
  return [
    'global',
    '    log stdout format raw local0 info',
    ...(socket === undefined ? [] : [`    stats socket ${quoted(socket)} mode 600 level admin`]),
    '',
    'defaults',
    '    mode http',
    '    timeout connect 5s',
    '    timeout http-request 30s',
    '    timeout http-keep-alive 60s',
    `    timeout check ${health.timeout}ms`,
    `    timeout client ${seconds(longestRequest)}s`,
    `    timeout server ${seconds(longestRequest)}s`,
    '    timeout tunnel 1h',
    '    # A reload closes idle connections in order, so that no request is lost.',
    '    option idle-close-on-response',
    ...(portal === undefined ? [] : portalLines(plan, portal)),
    ...streams.flatMap((stream) => streamLines(plan, stream)),
  ];
}

function portalLines(plan: Plan, portal: Portal): readonly string[] {
  const { hostHeader } = plan;
  const tls = portal.tls === undefined ? '' : ` ssl crt ${quoted(portal.tls.certificate)}`;
  return [
    '',
    'frontend octopus',
    `    bind ${address(portal.address, portal.port)}${acceptProxy(plan)}${tls}`,
    ...proxiesInFront(plan),
    '    option forwardfor',
    '    http-request set-header X-Forwarded-Proto https if { ssl_fc }',
    '    http-request set-header X-Forwarded-Proto http if !{ ssl_fc }',
    '    http-request set-header X-Forwarded-Host %[req.hdr(host)]',
    ...(hostHeader === undefined ? [] : [`    http-request set-header Host ${hostHeader}`]),
    `    default_backend ${haproxyBackend}`,
    '',
    `backend ${haproxyBackend}`,
    '    # Nodes that come and go; not every request.',
    '    log global',
    '    balance roundrobin',
    '    option redispatch 1',
    '    retries 3',
    '    retry-on conn-failure empty-response',
    '    http-request disable-l7-retry unless METH_GET',
    ...pingCheck(plan),
    '    default-server observe layer4 error-limit 3 on-error mark-down',
    '    # No unused connections are kept: those of a node that drains are requests under way, and nothing else.',
    '    default-server pool-max-conn 0',
    ...indented(portal.members.flatMap((member) => server(plan, member, member.port, member.secure ? ' ssl' : ''))),
  ];
}

function streamLines(plan: Plan, { name, port, targets, leavesDrained }: Stream): readonly string[] {
  const checked = leavesDrained ? pingCheck(plan) : [defaults(plan)];
  return [
    '',
    `frontend ${name}`,
    '    mode tcp',
    `    bind *:${port}${acceptProxy(plan)}`,
    ...proxiesInFront(plan),
    `    default_backend ${name}`,
    '',
    `backend ${name}`,
    '    mode tcp',
    '    # Connections that stay: a Tentacle that polls, a stream of gRPC.',
    '    timeout server 1h',
    '    balance leastconn',
    ...(leavesDrained ? [] : ['    # The tasks that end on a draining node still need their Tentacles.']),
    ...checked,
    ...indented(
      targets.flatMap(({ port, member }) => {
        const elsewhere = leavesDrained ? ` port ${member.port}${member.secure ? ' check-ssl' : ''}` : '';
        return server(plan, leavesDrained ? member : { ...member, secure: false }, port, elsewhere);
      }),
    ),
  ];
}

const pingCheck = (plan: Plan): readonly string[] => [
  '    # A node that drains answers its ping with 418 and gets no more requests.',
  '    option httpchk',
  `    http-check send meth GET uri ${plan.ping} ver HTTP/1.1 hdr Host ${plan.checkHost}`,
  '    http-check expect status 200',
  // Not init-state down, of HAProxy 3.1 and later: after a reload, no node would get requests before its first check.
  defaults(plan),
];

const defaults = ({ health: { interval, fastInterval, fall, rise } }: Plan): string =>
  `    default-server check inter ${interval}ms fastinter ${fastInterval}ms fall ${fall} rise ${rise}`;

const acceptProxy = ({ proxiesInFront }: Plan): string => (proxiesInFront.length > 0 ? ' accept-proxy' : '');

const proxiesInFront = ({ proxiesInFront }: Plan): readonly string[] =>
  proxiesInFront.length === 0 ? [] : [`    tcp-request connection reject unless { src ${proxiesInFront.join(' ')} }`];

function server(plan: Plan, member: Member, port: number, how: string): readonly string[] {
  const name = haproxyServer(member.name);
  const line = `server ${name} ${authority({ host: member.host, port })}${how}${secured(plan, member)}`;
  return name === member.name ? [line] : [`# ${commentText(member.name)}`, line];
}

/**
 * The certificate is checked by the node's own name unless the nodes share one.
 * https://docs.haproxy.org/2.6/configuration.html#5.2-verifyhost
 */
function secured({ ca, backendName }: Plan, { secure, host }: Member): string {
  if (!secure) return '';
  const name = backendName ?? host;
  const file = ca === undefined ? '@system-ca' : quoted(ca);
  const told = isIp(name) ? '' : ` sni str(${name}) check-sni ${name}`;
  return ` verify required ca-file ${file} verifyhost ${name}${told}`;
}

const address = (host: string, port: number): string => (host === '*' ? `*:${port}` : authority({ host, port }));

/**
 * A node's name as HAProxy takes it. Two names never become one: what it does not take stands between colons, and a
 * colon is among that.
 */
export const haproxyServer = (name: string): string =>
  name === ''
    ? '::'
    : [...name].map((c) => (/[A-Za-z0-9._-]/.test(c) ? c : `:${c.codePointAt(0)?.toString(16)}:`)).join('');

/** https://docs.haproxy.org/2.6/configuration.html#2.2 */
const quoted = (path: string): string => `"${path.replaceAll('\\', '\\\\')}"`;
