import { type BalancerProduct, onlyApache, onlyHaproxy, type Plan, type Portal, type Stream } from './balancer.js';
import { authority } from './endpoint.js';
import { commentText, doubleQuoted, indented, seconds } from './words.js';

/**
 * Traefik 3, from files: what can change while it runs (`dynamic`), and how it is started (`static`). It repeats a
 * request on another node only where no connection came about, so never a POST that was sent.
 * https://doc.traefik.io/traefik/routing/services/ and https://doc.traefik.io/traefik/routing/entrypoints/
 */
export const traefik: BalancerProduct = {
  name: 'traefik',
  title: 'Traefik',
  formats: [
    { name: 'dynamic', comment: '#', body: dynamicLines },
    { name: 'static', comment: '#', body: staticLines },
  ],
  cannot: {
    'nodes of http and https': 'it could, but a node without TLS among others is a mistake more often than a wish',
    socket: onlyHaproxy,
    manager: onlyApache,
  },
  limits: [
    'Two files belong together: --format dynamic and --format static. Without the second, Traefik ends uploads that last ' +
      'longer than a minute; with it, those that last longer than --request-timeout.',
    'One check decides: there are no counts of failed and passed checks.',
    'A node counts as healthy until its first check has failed.',
    'Connections that are passed through are not checked by the ping: nodes that drain are left out of them, so this file ' +
      'must be rendered again at every drain and undrain where gRPC or the portal is passed through.',
  ],
  noticesDrain: true,
  timing: ({ interval, timeout }) => ({ outAfter: interval + timeout + 1_000, inAfter: interval + timeout + 1_000 }),
};

function dynamicLines(plan: Plan): readonly string[] {
  const { portal, streams } = plan;
  return [
    ...(portal === undefined ? [] : ['http:', ...indented(httpLines(plan, portal), 2)]),
    ...(streams.length === 0 ? [] : ['tcp:', ...indented(tcpLines(streams), 2)]),
    ...(portal?.tls === undefined
      ? []
      : [
          'tls:',
          '  certificates:',
          `    - certFile: ${doubleQuoted(portal.tls.certificate)}`,
          `      keyFile: ${doubleQuoted(portal.tls.key ?? portal.tls.certificate)}`,
        ]),
  ];
}

function httpLines(plan: Plan, portal: Portal): readonly string[] {
  const { publicHost, hostHeader, health, ping, checkHost, ca, backendName, longestRequest } = plan;
  return [
    'routers:',
    '  octopus:',
    `    rule: ${doubleQuoted(publicHost === undefined ? 'PathPrefix(`/`)' : `Host(\`${publicHost}\`)`)}`,
    '    entryPoints: [octopus]',
    `    middlewares: [octopus-retry${hostHeader === undefined ? '' : ', octopus-host'}]`,
    '    service: octopus',
    ...(portal.tls === undefined ? [] : ['    tls: {}']),
    'middlewares:',
    '  octopus-retry:',
    '    retry:',
    '      attempts: 3',
    '      initialInterval: 100ms',
    ...(hostHeader === undefined
      ? []
      : [
          '  octopus-host:',
          '    headers:',
          '      customRequestHeaders:',
          `        Host: ${doubleQuoted(hostHeader)}`,
        ]),
    'services:',
    '  octopus:',
    '    loadBalancer:',
    '      passHostHeader: true',
    '      serversTransport: octopus',
    '      # A node that drains answers its ping with 418 and gets no more requests.',
    '      healthCheck:',
    `        path: ${doubleQuoted(ping)}`,
    '        status: 200',
    '        followRedirects: false',
    `        hostname: ${doubleQuoted(checkHost.replace(/:\d+$/, ''))}`,
    `        interval: ${health.interval}ms`,
    `        timeout: ${health.timeout}ms`,
    '      servers:',
    ...portal.members.flatMap((member) => [
      `        # ${commentText(member.name)}`,
      `        - url: ${doubleQuoted(`${member.secure ? 'https' : 'http'}://${authority(member)}`)}`,
    ]),
    'serversTransports:',
    '  octopus:',
    ...(portal.secure && ca !== undefined ? ['    rootCAs:', `      - ${doubleQuoted(ca)}`] : []),
    ...(portal.secure && backendName !== undefined ? [`    serverName: ${doubleQuoted(backendName)}`] : []),
    '    forwardingTimeouts:',
    '      dialTimeout: 5s',
    `      responseHeaderTimeout: ${seconds(longestRequest)}s`,
  ];
}

/** Nobody asks the pings here, so a node that drains is left out. */
const inUse = (targets: Stream['targets'], leavesDrained: boolean): Stream['targets'] =>
  targets.filter(({ member }) => !(leavesDrained && member.drained));

const tcpLines = (streams: readonly Stream[]): readonly string[] => [
  'routers:',
  ...streams.flatMap(({ name }) => [
    `  ${name}:`,
    '    rule: "HostSNI(`*`)"',
    `    entryPoints: [${name}]`,
    `    service: ${name}`,
  ]),
  'services:',
  ...streams.flatMap(({ name, targets, leavesDrained }) => [
    `  ${name}:`,
    '    loadBalancer:',
    `      servers:${inUse(targets, leavesDrained).length === 0 ? ' []' : ''}`,
    ...inUse(targets, leavesDrained).flatMap(({ member, port }) => [
      `        # ${commentText(member.name)}`,
      `        - address: ${doubleQuoted(authority({ host: member.host, port }))}`,
    ]),
  ]),
];

/**
 * `writeTimeout` is left at none: it counts from a request's header to the end of its answer, silent or not.
 * https://doc.traefik.io/traefik/routing/entrypoints/#respondingtimeouts
 */
function staticLines(plan: Plan): readonly string[] {
  const { portal, streams, longestRequest, proxiesInFront } = plan;
  const wait = seconds(longestRequest);
  const trusted =
    proxiesInFront.length === 0
      ? []
      : ['proxyProtocol:', '  trustedIPs:', ...proxiesInFront.map((network) => `    - ${doubleQuoted(network)}`)];
  const portalEntry =
    portal === undefined
      ? []
      : [
          'octopus:',
          `  address: ${doubleQuoted(portal.address === '*' ? `:${portal.port}` : authority({ host: portal.address, port: portal.port }))}`,
          '  transport:',
          '    respondingTimeouts:',
          `      readTimeout: ${wait}s`,
          '      idleTimeout: 180s',
          ...indented(trusted, 2),
        ];
  return [
    'entryPoints:',
    ...indented(portalEntry, 2),
    ...streams.flatMap(({ name, port }) =>
      indented([`${name}:`, `  address: ${doubleQuoted(`:${port}`)}`, ...indented(trusted, 2)], 2),
    ),
    'providers:',
    '  file:',
    '    # Where the text of --format dynamic is.',
    '    directory: /etc/traefik/dynamic',
    '    watch: true',
  ];
}
