import { type BalancerProduct, onlyApache, onlyHaproxy, type Plan, type Portal } from './balancer.js';
import { authority } from './endpoint.js';
import { portalOfPlan } from './site.js';
import { commentText, indented, seconds } from './words.js';

/**
 * Caddy 2.6 and later. It repeats a GET on another node, and anything else only where no connection came about.
 * https://caddyserver.com/docs/caddyfile/directives/reverse_proxy
 */
export const caddy: BalancerProduct = {
  name: 'caddy',
  title: 'Caddy',
  formats: [{ name: 'Caddyfile', comment: '#', body: (plan) => lines(plan, portalOfPlan(plan, 'Caddy')) }],
  cannot: {
    'pass-through': 'that needs the layer4 module, which is not part of Caddy',
    streams: 'that needs the layer4 module, which is not part of Caddy',
    'proxy protocol': 'only from Caddy 2.7 on; let the balancer in front send X-Forwarded-For',
    'nodes of http and https': 'all nodes of a reverse_proxy are reached the same way',
    socket: onlyHaproxy,
    manager: onlyApache,
  },
  limits: [
    'One check decides: counts of failed and passed checks (health_fails, health_passes) came with Caddy 2.9.',
    'A node counts as healthy until its first check has failed.',
    'It keeps no connections of HTTP/1.1: a reload cuts idle ones while a request may be coming.',
  ],
  // A check that hangs counts as failed after its own time.
  noticesDrain: true,
  timing: ({ interval, timeout }) => ({ outAfter: interval + timeout + 1_000, inAfter: interval + 1_000 }),
  test: (file) => ['caddy', 'validate', '--adapter', 'caddyfile', '--config', file],
  reload: ['systemctl', 'reload', 'caddy'],
};

function lines(plan: Plan, portal: Portal): readonly string[] {
  const { address, port, tls } = portal;
  const { publicHost, largestBody, longestRequest } = plan;
  const wait = seconds(longestRequest);
  const scheme = tls === undefined ? 'http' : 'https';
  return [
    '{',
    '    # The certificate is the one below; none is asked for elsewhere.',
    '    auto_https off',
    ...notTimed,
    '    servers {',
    '        timeouts {',
    '            read_header 30s',
    '        }',
    '    }',
    '}',
    '',
    `${scheme}://${publicHost ?? ''}:${port} {`,
    ...(address === '*' ? [] : [`    bind ${address}`]),
    ...(tls === undefined ? [] : [`    tls ${quoted(tls.certificate)} ${quoted(tls.key ?? tls.certificate)}`]),
    ...indented(notKept),
    '    request_body {',
    `        max_size ${largestBody}B`,
    '    }',
    ...indented(portal.members.map(({ name, host, port }) => `# ${authority({ host, port })} is ${commentText(name)}`)),
    `    reverse_proxy ${portal.members.map((member) => `${portal.secure ? 'https' : 'http'}://${authority(member)}`).join(' ')} {`,
    ...indented(proxying(plan, portal, wait), 8),
    '    }',
    '}',
  ];
}

/** https://caddyserver.com/docs/caddyfile/options#timeouts */
const notTimed = [
  '    # read_body and write count a whole upload or answer, and not its silence: they stay without end.',
];

/** A reload tells clients of HTTP/2 which requests it has taken; those of HTTP/1.1 only see their connection end. */
const notKept = [
  '@http1 {',
  '    vars {http.request.proto} HTTP/1.1',
  '    not header Upgrade *',
  '}',
  'header @http1 Connection close',
];

function proxying(plan: Plan, { secure }: Portal, wait: number): readonly string[] {
  const { health, ping, hostHeader, checkHost, ca, backendName } = plan;
  return [
    'lb_policy round_robin',
    '# Only a GET is repeated once it was sent.',
    'lb_try_duration 5s',
    'lb_try_interval 100ms',
    'fail_duration 5s',
    'max_fails 1',
    '# A node that drains answers its ping with 418 and gets no more requests.',
    `health_uri ${ping}`,
    'health_status 200',
    `health_interval ${health.interval}ms`,
    `health_timeout ${health.timeout}ms`,
    'health_headers {',
    `    Host ${checkHost}`,
    '}',
    ...(hostHeader === undefined ? [] : [`header_up Host ${hostHeader}`]),
    'transport http {',
    '    dial_timeout 5s',
    `    response_header_timeout ${wait}s`,
    ...(secure ? ['    tls'] : []),
    ...(secure && ca !== undefined ? [`    tls_trusted_ca_certs ${quoted(ca)}`] : []),
    ...(secure && backendName !== undefined ? [`    tls_server_name ${backendName}`] : []),
    '}',
  ];
}

/** Backslashes stand for themselves, except before a quote. https://caddyserver.com/docs/caddyfile/concepts#tokens-and-quotes */
const quoted = (path: string): string => `"${path}"`;
