import { type BalancerProduct, onlyApache, onlyHaproxy, type Plan, type Portal } from './balancer.js';
import { kubernetesName, serviceLines } from './kubernetes.js';
import { sharedName } from './site.js';
import { doubleQuoted, seconds } from './words.js';

const title = 'Gateway API';

/** Gateway API 1.4 and later; 1.6 and later with TCPRoute. https://gateway-api.sigs.k8s.io/reference/spec/ */
export const gatewayApi: BalancerProduct = {
  name: 'gateway-api',
  title,
  formats: [{ name: 'yaml', comment: '#', body: lines }],
  cannot: {
    key: 'a secret of type kubernetes.io/tls holds both: name it with --cert',
    'proxy protocol': "that is the controller's own setting",
    'nodes of http and https': 'a service is reached the same way',
    'listening address': 'the controller says where it listens',
    socket: onlyHaproxy,
    manager: onlyApache,
  },
  names: {
    cert: { pattern: kubernetesName, example: 'octopus-tls' },
    ca: { pattern: kubernetesName, example: 'nodes-ca' },
  },
  limits: [
    'For nodes outside this Kubernetes cluster. Pods of Octopus Server are found by their labels, and leave by their ' +
      'readiness probe: give the services a selector and leave the EndpointSlices out.',
    'Gateway API knows no active health checks (controllers have policies of their own for them): draining nodes are ' +
      'written as not ready, so this file must be rendered and applied again at every drain and undrain.',
    'It says nothing on the size of bodies, and on retries only in its experimental channel; some controllers need ' +
      "appProtocol for WebSockets: look into your controller's settings.",
    'TCPRoute is in its standard channel from 1.6 on.',
    'For a certificate, --cert is the name of a secret; --ca is the name of a ConfigMap with ca.crt.',
  ],
  noticesDrain: false,
  timing: () => ({ outAfter: 5_000, inAfter: 5_000 }),
  test: (file) => ['kubectl', 'apply', '--dry-run=server', '--filename', file],
};

function lines(plan: Plan): readonly string[] {
  const { portal, streams } = plan;
  return [
    ...gateway(plan),
    ...(portal === undefined ? [] : portalLines(plan, portal)),
    ...streams.flatMap(({ name, targets, leavesDrained }) => [
      ...tcpRoute(name, targets[0]?.port ?? 0),
      ...serviceLines(`octopus-${name}`, targets, !leavesDrained),
    ]),
  ];
}

/** The class is the controller's: whoever installed it knows its name. */
const gateway = ({ portal, streams, publicHost }: Plan): readonly string[] => [
  'apiVersion: gateway.networking.k8s.io/v1',
  'kind: Gateway',
  'metadata:',
  '  name: octopus',
  'spec:',
  "  # The name of your controller's class.",
  '  gatewayClassName: default',
  '  listeners:',
  ...(portal === undefined
    ? []
    : [
        '    - name: portal',
        `      port: ${portal.port}`,
        `      protocol: ${portal.tls === undefined ? 'HTTP' : 'HTTPS'}`,
        ...(publicHost === undefined ? [] : [`      hostname: ${doubleQuoted(publicHost)}`]),
        ...(portal.tls === undefined
          ? []
          : ['      tls:', '        certificateRefs:', `          - name: ${doubleQuoted(portal.tls.certificate)}`]),
      ]),
  ...streams.flatMap(({ name, port }) => [`    - name: ${name}`, `      port: ${port}`, '      protocol: TCP']),
];

function portalLines(plan: Plan, portal: Portal): readonly string[] {
  const { publicHost, hostHeader, longestRequest } = plan;
  const wait = `${seconds(longestRequest)}s`;
  return [
    '---',
    'apiVersion: gateway.networking.k8s.io/v1',
    'kind: HTTPRoute',
    'metadata:',
    '  name: octopus',
    'spec:',
    '  parentRefs:',
    '    - name: octopus',
    '      sectionName: portal',
    ...(publicHost === undefined ? [] : [`  hostnames: [${doubleQuoted(publicHost)}]`]),
    '  rules:',
    '    - timeouts:',
    `        request: ${wait}`,
    `        backendRequest: ${wait}`,
    '      filters:',
    '        - type: RequestHeaderModifier',
    '          requestHeaderModifier:',
    '            set:',
    '              - name: X-Forwarded-Proto',
    `                value: ${portal.tls === undefined ? 'http' : 'https'}`,
    ...(hostHeader === undefined
      ? []
      : [
          '        - type: URLRewrite',
          '          urlRewrite:',
          `            hostname: ${doubleQuoted(hostHeader.replace(/:\d+$/, ''))}`,
        ]),
    '      backendRefs:',
    '        - name: octopus-portal',
    `          port: ${portal.members[0]?.port}`,
    ...(portal.secure ? verified(plan) : []),
    ...serviceLines(
      'octopus-portal',
      portal.members.map((member) => ({ member, port: member.port })),
      false,
    ),
  ];
}

/** https://gateway-api.sigs.k8s.io/api-types/backendtlspolicy/ */
const verified = (plan: Plan): readonly string[] => [
  '---',
  'apiVersion: gateway.networking.k8s.io/v1',
  'kind: BackendTLSPolicy',
  'metadata:',
  '  name: octopus',
  'spec:',
  '  targetRefs:',
  '    - group: ""',
  '      kind: Service',
  '      name: octopus-portal',
  '  validation:',
  `    hostname: ${doubleQuoted(sharedName(plan, title))}`,
  ...(plan.ca === undefined
    ? ['    wellKnownCACertificates: System']
    : [
        '    caCertificateRefs:',
        '      - group: ""',
        '        kind: ConfigMap',
        `        name: ${doubleQuoted(plan.ca)}`,
      ]),
];

/** https://gateway-api.sigs.k8s.io/reference/api-types/tcproute/ */
const tcpRoute = (name: string, port: number): readonly string[] => [
  '---',
  'apiVersion: gateway.networking.k8s.io/v1',
  'kind: TCPRoute',
  'metadata:',
  `  name: octopus-${name}`,
  'spec:',
  '  parentRefs:',
  '    - name: octopus',
  `      sectionName: ${name}`,
  '  rules:',
  '    - backendRefs:',
  `        - name: octopus-${name}`,
  `          port: ${port}`,
];
