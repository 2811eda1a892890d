import type { BalancerFormat, Member, Plan, Portal, Stream } from './balancer.js';
import { authority } from './endpoint.js';
import { sharedName } from './site.js';
import { commentText, indented, seconds } from './words.js';

/** How NGINX Plus is told to do what the open source cannot; the open source leaves all of it out. */
export interface ActiveChecks {
  /** Lines of `http`. */
  readonly match: (plan: Plan) => readonly string[];
  /** Lines of the `server`; `reached` is how its locations reach the nodes. */
  readonly http: (plan: Plan, reached: readonly string[]) => readonly string[];
  /** Lines of a `server` in `stream`. */
  readonly stream: (plan: Plan, stream: Stream) => readonly string[];
}

/** For a file that stands inside `http`. */
export const httpOnly = {
  'pass-through': 'conf.d is for HTTP: use --format nginx.conf',
  streams: 'conf.d is for HTTP: use --format nginx.conf',
} as const satisfies BalancerFormat['cannot'];

/** A whole nginx.conf. https://nginx.org/en/docs/ngx_core_module.html */
export function wholeNginx(plan: Plan, checks: ActiveChecks | undefined): readonly string[] {
  const { portal, streams } = plan;
  return [
    'worker_processes auto;',
    '# Debian keeps the stream module in a file of its own.',
    'include /etc/nginx/modules-enabled/*.conf;',
    '',
    'events {',
    '    worker_connections 4096;',
    '}',
    ...(portal === undefined ? [] : ['', 'http {', ...indented(httpNginx(plan, portal, checks)), '}']),
    ...(streams.length === 0
      ? []
      : ['', 'stream {', ...indented(streams.flatMap((one) => streamNginx(plan, one, checks))), '}']),
  ];
}

/** What stands inside `http`. https://nginx.org/en/docs/http/ngx_http_proxy_module.html */
export function httpNginx(plan: Plan, portal: Portal, checks: ActiveChecks | undefined): readonly string[] {
  const { publicHost, hostHeader, largestBody, longestRequest } = plan;
  const wait = seconds(longestRequest);
  const pass = [`proxy_pass ${portal.secure ? 'https' : 'http'}://octopus_nodes;`, 'proxy_http_version 1.1;'];
  const certificates = verified(plan, portal);
  return [
    'upstream octopus_nodes {',
    '    zone octopus_nodes 256k;',
    ...indented(portal.members.flatMap((member) => server(member, member.port, checks))),
    '    keepalive 32;',
    '}',
    '',
    '# A connection to a node is kept, unless the client changes to WebSocket.',
    'map $http_upgrade $octopus_connection {',
    '    default upgrade;',
    "    '' '';",
    '}',
    ...(checks?.match(plan) ?? []),
    '',
    'server {',
    `    listen ${listening(portal, plan)};`,
    `    server_name ${publicHost ?? '_'};`,
    ...indented(tls(portal)),
    ...indented(realAddress(plan)),
    `    client_max_body_size ${Math.ceil(largestBody / 1024 ** 2)}m;`,
    `    client_body_timeout ${wait}s;`,
    `    send_timeout ${wait}s;`,
    ...(checks === undefined ? indented(noKeepAlive) : []),
    '',
    '    location / {',
    ...indented(pass, 8),
    '        proxy_set_header Upgrade $http_upgrade;',
    '        proxy_set_header Connection $octopus_connection;',
    `        proxy_set_header Host ${hostHeader ?? '$http_host'};`,
    '        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;',
    '        proxy_set_header X-Forwarded-Proto $scheme;',
    '        proxy_set_header X-Forwarded-Host $http_host;',
    '        proxy_request_buffering off;',
    '        proxy_max_temp_file_size 0;',
    '        proxy_connect_timeout 5s;',
    `        proxy_send_timeout ${wait}s;`,
    `        proxy_read_timeout ${wait}s;`,
    '        # Without non_idempotent, a POST that was sent to one node is never sent to another.',
    '        proxy_next_upstream error timeout http_502 http_503;',
    '        proxy_next_upstream_tries 2;',
    '        proxy_next_upstream_timeout 30s;',
    ...indented(certificates, 8),
    '    }',
    ...indented(checks?.http(plan, [...pass, ...certificates]) ?? []),
    '}',
  ];
}

/** Every drain of a node without active checks is a reload, which cuts idle connections while a request may be coming. */
const noKeepAlive = [
  '# A reload cuts idle connections, and a request that is just coming with them. From nginx 1.27.4 on, keep them with:',
  '# keepalive_timeout 75s; keepalive_min_timeout 10s;',
  'keepalive_timeout 0;',
];

function streamNginx(plan: Plan, stream: Stream, checks: ActiveChecks | undefined): readonly string[] {
  const { name, port, targets, leavesDrained } = stream;
  return [
    `upstream ${name} {`,
    `    zone ${name} 64k;`,
    '    least_conn;',
    ...indented(
      targets.flatMap(({ port, member }) =>
        server({ ...member, drained: member.drained && leavesDrained }, port, checks),
      ),
    ),
    '}',
    'server {',
    `    listen ${port}${plan.proxiesInFront.length > 0 ? ' proxy_protocol' : ''};`,
    ...plan.proxiesInFront.map((network) => `    set_real_ip_from ${network};`),
    `    proxy_pass ${name};`,
    '    proxy_connect_timeout 5s;',
    '    proxy_timeout 1h;',
    ...indented(checks?.stream(plan, stream) ?? []),
    '}',
  ];
}

function server({ name, host, drained }: Member, port: number, checks: ActiveChecks | undefined): readonly string[] {
  const passive = checks === undefined ? ' max_fails=1 fail_timeout=5s' : ' max_fails=1 fail_timeout=1s';
  const down = drained && checks === undefined ? ' down' : '';
  return [`server ${authority({ host, port })}${passive}${down};  # ${commentText(name)}`];
}

function listening({ address, port, tls }: Portal, { proxiesInFront }: Plan): string {
  const place = address === '*' ? String(port) : authority({ host: address, port });
  return `${place}${tls === undefined ? '' : ' ssl'}${proxiesInFront.length > 0 ? ' proxy_protocol' : ''}`;
}

const tls = ({ tls }: Portal): readonly string[] =>
  tls === undefined
    ? []
    : [
        `ssl_certificate ${quoted(tls.certificate)};`,
        `ssl_certificate_key ${quoted(tls.key ?? tls.certificate)};`,
        'ssl_protocols TLSv1.2 TLSv1.3;',
      ];

/** https://nginx.org/en/docs/http/ngx_http_realip_module.html */
const realAddress = ({ proxiesInFront }: Plan): readonly string[] =>
  proxiesInFront.length === 0
    ? []
    : [...proxiesInFront.map((network) => `set_real_ip_from ${network};`), 'real_ip_header proxy_protocol;'];

/** nginx checks the same name in the certificate of every node. */
function verified(plan: Plan, { secure }: Portal): readonly string[] {
  if (!secure) return [];
  return [
    'proxy_ssl_verify on;',
    'proxy_ssl_verify_depth 5;',
    `proxy_ssl_trusted_certificate ${quoted(plan.ca ?? '/etc/ssl/certs/ca-certificates.crt')};`,
    'proxy_ssl_server_name on;',
    `proxy_ssl_name ${sharedName(plan, 'nginx')};`,
  ];
}

const quoted = (path: string): string => `"${path.replaceAll('\\', '\\\\')}"`;
