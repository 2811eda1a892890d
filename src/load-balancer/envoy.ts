import {
  type BalancerProduct,
  type Member,
  onlyApache,
  onlyHaproxy,
  type Plan,
  type Portal,
  type Stream,
  timingByCounts,
} from './balancer.js';
import { isIp } from './endpoint.js';
import { commentText, doubleQuoted, identifiers, indented, seconds } from './words.js';

/**
 * Envoy 1.24 and later, as a file to start it with; older ones do not know append_action.
 * https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/health_checking
 */
export const envoy: BalancerProduct = {
  name: 'envoy',
  title: 'Envoy',
  formats: [{ name: 'bootstrap', comment: '#', body: lines }],
  cannot: { socket: onlyHaproxy, manager: onlyApache },
  limits: ['Envoy reads this file when it starts: a change needs its hot restarter, or a restart.'],
  noticesDrain: true,
  timing: timingByCounts,
  test: (file) => ['envoy', '--mode', 'validate', '--config-path', file],
};

const type = (name: string): string => `"@type": type.googleapis.com/envoy.${name}`;

function lines(plan: Plan): readonly string[] {
  const { portal, streams } = plan;
  return [
    'static_resources:',
    '  listeners:',
    ...indented(portal === undefined ? [] : portalListener(plan, portal), 4),
    ...indented(
      streams.flatMap((stream) => streamListener(plan, stream)),
      4,
    ),
    '  clusters:',
    ...indented(portal === undefined ? [] : cluster(plan, 'octopus', webTargets(portal), true), 4),
    ...indented(
      streams.flatMap(({ name, targets, leavesDrained }) => cluster(plan, name, targets, leavesDrained, false)),
      4,
    ),
  ];
}

const webTargets = ({ members }: Portal): Stream['targets'] => members.map((member) => ({ member, port: member.port }));

function portalListener(plan: Plan, { address, port, tls }: Portal): readonly string[] {
  return [
    '- name: octopus',
    ...listening(address === '*' ? '0.0.0.0' : address, port),
    ...proxyProtocol(plan),
    '  filter_chains:',
    '    - filters:',
    '        - name: envoy.filters.network.http_connection_manager',
    '          typed_config:',
    ...indented(manager(plan), 12),
    ...(tls === undefined
      ? []
      : [
          '      transport_socket:',
          '        name: envoy.transport_sockets.tls',
          '        typed_config:',
          `          ${type('extensions.transport_sockets.tls.v3.DownstreamTlsContext')}`,
          '          common_tls_context:',
          '            tls_certificates:',
          `              - certificate_chain: { filename: ${doubleQuoted(tls.certificate)} }`,
          `                private_key: { filename: ${doubleQuoted(tls.key ?? tls.certificate)} }`,
        ]),
  ];
}

/** https://www.envoyproxy.io/docs/envoy/latest/api-v3/extensions/filters/network/http_connection_manager/v3/http_connection_manager.proto */
function manager({ publicHost, hostHeader, longestRequest }: Plan): readonly string[] {
  const wait = `${seconds(longestRequest)}s`;
  const route = [
    'cluster: octopus',
    `timeout: ${wait}`,
    `idle_timeout: ${wait}`,
    ...(hostHeader === undefined ? [] : [`host_rewrite_literal: ${doubleQuoted(hostHeader)}`]),
  ];
  const retry = (on: string): readonly string[] => [
    'retry_policy:',
    `  retry_on: ${on}`,
    '  num_retries: 2',
    '  retry_host_predicate:',
    '    - name: envoy.retry_host_predicates.previous_hosts',
    '      typed_config:',
    `        ${type('extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate')}`,
    '  host_selection_retry_max_attempts: 5',
  ];
  const header = (name: string, value: string) => [
    `- header: { key: ${name}, value: ${doubleQuoted(value)} }`,
    '  append_action: OVERWRITE_IF_EXISTS_OR_ADD',
  ];
  return [
    type('extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'),
    'stat_prefix: octopus',
    'use_remote_address: true',
    `stream_idle_timeout: ${wait}`,
    'request_timeout: 0s',
    'upgrade_configs:',
    '  - upgrade_type: websocket',
    'http_filters:',
    '  - name: envoy.filters.http.router',
    '    typed_config:',
    `      ${type('extensions.filters.http.router.v3.Router')}`,
    'route_config:',
    '  virtual_hosts:',
    '    - name: octopus',
    `      domains: [${publicHost === undefined ? '"*"' : `${doubleQuoted(publicHost)}, ${doubleQuoted(`${publicHost}:*`)}`}]`,
    '      request_headers_to_add:',
    ...indented(header('X-Forwarded-Host', '%REQ(:AUTHORITY)%'), 8),
    '      routes:',
    '        # Only what may be done twice is repeated once it was sent.',
    '        - match:',
    '            prefix: "/"',
    '            headers:',
    '              - name: ":method"',
    '                string_match: { exact: GET }',
    '          route:',
    ...indented([...route, ...retry('connect-failure,refused-stream,reset')], 12),
    '        - match: { prefix: "/" }',
    '          route:',
    ...indented([...route, ...retry('connect-failure')], 12),
  ];
}

const streamListener = (plan: Plan, { name, port }: Stream): readonly string[] => [
  `- name: ${name}`,
  ...listening('0.0.0.0', port),
  ...proxyProtocol(plan),
  '  filter_chains:',
  '    - filters:',
  '        - name: envoy.filters.network.tcp_proxy',
  '          typed_config:',
  `            ${type('extensions.filters.network.tcp_proxy.v3.TcpProxy')}`,
  `            stat_prefix: ${name}`,
  `            cluster: ${name}`,
  '            idle_timeout: 3600s',
];

const listening = (address: string, port: number): readonly string[] => [
  '  address:',
  `    socket_address: { address: ${doubleQuoted(address)}, port_value: ${port} }`,
];

const proxyProtocol = ({ proxiesInFront }: Plan): readonly string[] =>
  proxiesInFront.length === 0
    ? []
    : [
        `  # Let a firewall admit nobody but ${proxiesInFront.join(', ')}: Envoy believes whoever connects.`,
        '  listener_filters:',
        '    - name: envoy.filters.listener.proxy_protocol',
        '      typed_config:',
        `        ${type('extensions.filters.listener.proxy_protocol.v3.ProxyProtocol')}`,
      ];

/**
 * Limits: https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/cluster/v3/circuit_breaker.proto
 * Checks: https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/core/v3/health_check.proto
 */
function cluster(
  plan: Plan,
  name: string,
  targets: Stream['targets'],
  pinged: boolean,
  spoken = true,
): readonly string[] {
  const { health } = plan;
  const words = identifiers(targets.map(({ member }) => member.name));
  const word = (member: Member): string => words.get(member.name) ?? '';
  const everyIp = targets.every(({ member }) => isIp(member.host));
  return [
    `- name: ${name}`,
    `  type: ${everyIp ? 'STATIC' : 'STRICT_DNS'}`,
    '  connect_timeout: 5s',
    `  lb_policy: ${spoken ? 'ROUND_ROBIN' : 'LEAST_REQUEST'}`,
    '  common_lb_config:',
    '    # By default, a cluster of which half is down gets requests everywhere, drained nodes too.',
    '    healthy_panic_threshold: { value: 0 }',
    '  # By default, there are at most 1024 connections and requests at once, and three retries.',
    '  circuit_breakers:',
    '    thresholds:',
    '      - { max_connections: 65536, max_pending_requests: 65536, max_requests: 65536, max_retries: 1024 }',
    '  # A node whose checks fail keeps the requests that are under way.',
    '  close_connections_on_host_health_failure: false',
    '  health_checks:',
    `    - interval: ${time(health.interval)}`,
    `      timeout: ${time(health.timeout)}`,
    `      unhealthy_threshold: ${health.fall}`,
    `      healthy_threshold: ${health.rise}`,
    `      no_traffic_interval: ${time(health.interval)}`,
    `      no_traffic_healthy_interval: ${time(health.interval)}`,
    ...(pinged
      ? [
          '      http_health_check:',
          `        path: ${doubleQuoted(plan.ping)}`,
          `        host: ${doubleQuoted(plan.checkHost)}`,
          '        # A node that drains answers with 418 and gets no more requests.',
          '        expected_statuses:',
          '          - { start: 200, end: 201 }',
          '        # Any other answer takes a node out at once; of these, unhealthy_threshold in a row.',
          '        retriable_statuses:',
          '          - { start: 429, end: 430 }',
          '          - { start: 500, end: 600 }',
          ...(spoken || !targets.some(({ member }) => member.secure)
            ? []
            : ['      transport_socket_match_criteria: { pinged: true }']),
        ]
      : ['      tcp_health_check: {}']),
    ...sockets(plan, targets, word, spoken, pinged),
    '  load_assignment:',
    `    cluster_name: ${name}`,
    '    endpoints:',
    '      - lb_endpoints:',
    ...targets.flatMap(({ member, port }) => endpoint(member, port, word(member), spoken, pinged)),
  ];
}

/** A transport socket for each node, so that its certificate is checked by its own name. */
function sockets(
  plan: Plan,
  targets: Stream['targets'],
  word: (member: Member) => string,
  spoken: boolean,
  pinged: boolean,
): readonly string[] {
  const secure = targets.filter(({ member }) => member.secure && pinged);
  if (secure.length === 0) return [];
  const names = secure.map(({ member }) => plan.backendName ?? member.host);
  // The pings of passed-through connections share one: Envoy tells them from the connections, not from each other.
  if (!spoken) return ['  transport_socket_matches:', ...socket(plan, 'pings', 'pinged: true', names, undefined)];
  return [
    '  transport_socket_matches:',
    ...secure.flatMap(({ member }, i) =>
      socket(plan, word(member), `node: ${doubleQuoted(word(member))}`, names.slice(i, i + 1), names[i]),
    ),
  ];
}

const socket = (
  { ca }: Plan,
  word: string,
  match: string,
  names: readonly string[],
  sni: string | undefined,
): readonly string[] => [
  `    - name: ${doubleQuoted(word)}`,
  `      match: { ${match} }`,
  '      transport_socket:',
  '        name: envoy.transport_sockets.tls',
  '        typed_config:',
  `          ${type('extensions.transport_sockets.tls.v3.UpstreamTlsContext')}`,
  ...(sni === undefined || isIp(sni) ? [] : [`          sni: ${doubleQuoted(sni)}`]),
  '          common_tls_context:',
  '            validation_context:',
  `              trusted_ca: { filename: ${doubleQuoted(ca ?? '/etc/ssl/certs/ca-certificates.crt')} }`,
  '              match_typed_subject_alt_names:',
  ...[...new Set(names)].map(
    (name) =>
      `                - { san_type: ${isIp(name) ? 'IP_ADDRESS' : 'DNS'}, matcher: { exact: ${doubleQuoted(name)} } }`,
  ),
];

function endpoint(member: Member, port: number, word: string, spoken: boolean, pinged: boolean): readonly string[] {
  const { name, host, secure } = member;
  return [
    `          # ${commentText(name)}`,
    '          - endpoint:',
    '              address:',
    `                socket_address: { address: ${doubleQuoted(host)}, port_value: ${port} }`,
    ...(pinged && port !== member.port ? [`              health_check_config: { port_value: ${member.port} }`] : []),
    ...(secure && spoken
      ? [
          '            metadata:',
          '              filter_metadata:',
          `                envoy.transport_socket_match: { node: ${doubleQuoted(word)} }`,
        ]
      : []),
  ];
}

const time = (milliseconds: number): string => `${milliseconds / 1_000}s`;
