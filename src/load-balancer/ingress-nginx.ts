import { Failure } from '../errors.js';
import { type BalancerProduct, onlyApache, onlyHaproxy, type Plan, type Portal } from './balancer.js';
import { kubernetesName, serviceLines } from './kubernetes.js';
import { portalOfPlan, sharedName } from './site.js';
import { doubleQuoted, seconds } from './words.js';

const title = 'ingress-nginx';

/** https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/ */
export const ingressNginx: BalancerProduct = {
  name: 'ingress-nginx',
  title,
  formats: [{ name: 'yaml', comment: '#', body: (plan) => lines(plan, portalOfPlan(plan, title)) }],
  cannot: {
    key: 'a secret of type kubernetes.io/tls holds both: name it with --cert',
    'pass-through': 'its port 443 is its own',
    'proxy protocol': "that is use-proxy-protocol in the controller's own settings",
    'nodes of http and https': 'a service is reached the same way',
    'listening address': "the controller's service says where it listens",
    socket: onlyHaproxy,
    manager: onlyApache,
  },
  names: {
    cert: { pattern: kubernetesName, example: 'octopus-tls' },
    ca: { pattern: /^[a-z0-9-]+\/[a-z0-9.-]+$/, example: 'default/nodes-ca' },
  },
  limits: [
    'For nodes outside this Kubernetes cluster. Pods of Octopus Server are found by their labels, and leave by their ' +
      'readiness probe: give the service a selector and leave the EndpointSlices out.',
    'ingress-nginx has no active health checks: draining nodes are written as not ready, so this file must be rendered ' +
      'and applied again at every drain and undrain.',
    'Kubernetes retired ingress-nginx in March 2026 (https://kubernetes.io/blog/2025/11/11/ingress-nginx-retirement/); ' +
      '--type gateway-api is for its successors.',
    "For a certificate, --cert is the name of a secret; --ca is namespace/name of one with ca.crt, in the Ingress's " +
      'namespace.',
  ],
  // The controller hears of a changed slice at once and changes its upstreams without a reload.
  noticesDrain: false,
  timing: () => ({ outAfter: 5_000, inAfter: 5_000 }),
  test: (file) => ['kubectl', 'apply', '--dry-run=server', '--filename', file],
};

function lines(plan: Plan, portal: Portal): readonly string[] {
  const { publicHost, streams } = plan;
  return [
    'apiVersion: networking.k8s.io/v1',
    'kind: Ingress',
    'metadata:',
    '  name: octopus',
    '  annotations:',
    ...annotations(plan, portal).map(
      ([name, value]) => `    nginx.ingress.kubernetes.io/${name}: ${doubleQuoted(value)}`,
    ),
    'spec:',
    '  ingressClassName: nginx',
    ...(portal.tls === undefined
      ? []
      : [
          '  tls:',
          `    - secretName: ${doubleQuoted(portal.tls.certificate)}`,
          ...(publicHost === undefined ? [] : [`      hosts: [${doubleQuoted(publicHost)}]`]),
        ]),
    '  rules:',
    ...(publicHost === undefined ? ['    - http:'] : [`    - host: ${doubleQuoted(publicHost)}`, '      http:']),
    '        paths:',
    '          - path: /',
    '            pathType: Prefix',
    '            backend:',
    '              service:',
    '                name: octopus-portal',
    '                port: { name: octopus }',
    ...serviceLines(
      'octopus-portal',
      portal.members.map((member) => ({ member, port: member.port })),
      false,
    ),
    ...streams.flatMap(({ name, targets, leavesDrained }) => serviceLines(`octopus-${name}`, targets, !leavesDrained)),
    ...(streams.length === 0 ? [] : passedThrough(plan)),
  ];
}

function annotations(plan: Plan, { secure }: Portal): readonly (readonly [string, string])[] {
  const { largestBody, longestRequest, hostHeader } = plan;
  const wait = String(seconds(longestRequest));
  return [
    ['backend-protocol', secure ? 'HTTPS' : 'HTTP'],
    ['proxy-body-size', `${Math.ceil(largestBody / 1024 ** 2)}m`],
    ['proxy-request-buffering', 'off'],
    ['proxy-connect-timeout', '5'],
    ['proxy-read-timeout', wait],
    ['proxy-send-timeout', wait],
    ['proxy-http-version', '1.1'],
    ['proxy-next-upstream', 'error timeout http_502 http_503'],
    ['proxy-next-upstream-tries', '2'],
    ['proxy-next-upstream-timeout', '30'],
    ...(hostHeader === undefined ? [] : [['upstream-vhost', hostHeader] as const]),
    ...(secure
      ? ([
          ['proxy-ssl-verify', 'on'],
          ['proxy-ssl-verify-depth', '5'],
          ['proxy-ssl-server-name', 'on'],
          ['proxy-ssl-name', sharedName(plan, title)],
          ['proxy-ssl-secret', authoritiesOf(plan)],
        ] as const)
      : []),
  ];
}

/**
 * Without a secret the controller passes over every other annotation of proxy-ssl, and checks nothing.
 * https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/#backend-certificate-authentication
 */
function authoritiesOf({ ca }: Plan): string {
  if (ca !== undefined) return ca;
  throw new Failure('usage', `${title} checks the nodes' certificates only with authorities of its own`, {
    hint: 'Name the secret that holds them with --ca, like default/nodes-ca.',
  });
}

/** https://kubernetes.github.io/ingress-nginx/user-guide/exposing-tcp-udp-services/ */
const passedThrough = ({ streams }: Plan): readonly string[] => [
  '---',
  '# The controller is started with --tcp-services-configmap=ingress-nginx/tcp-services, and its service has these ports.',
  '# default is the namespace of the services above.',
  'apiVersion: v1',
  'kind: ConfigMap',
  'metadata:',
  '  name: tcp-services',
  '  namespace: ingress-nginx',
  'data:',
  ...streams.map(({ name, port, targets }) => `  "${port}": "default/octopus-${name}:${targets[0]?.port}"`),
];
