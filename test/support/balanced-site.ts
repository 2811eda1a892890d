import type { BalancedNode, BalancerFormat, BalancerProduct, Wish } from '../../src/load-balancer/balancer.js';
import type { SiteWishes } from '../../src/load-balancer/site.js';

/** Three nodes behind plain HTTP, of which one drains. */
export const plainNodes: readonly BalancedNode[] = [
  { name: 'web-2', url: 'http://10.0.0.2:8080' },
  { name: 'web-1', url: 'http://10.0.0.1:8080' },
  { name: 'WEB 3', url: 'http://10.0.0.3:8080', drained: true },
];

/** Three nodes behind https, of which one runs no tasks. */
export const secureNodes: readonly BalancedNode[] = [
  { name: 'web-1', url: 'https://10.0.0.1' },
  { name: 'web-2', url: 'https://10.0.0.2' },
  { name: 'ui', url: 'https://10.0.0.3', uiOnly: true, drained: true },
];

const everything: SiteWishes = {
  host: 'octopus.example.com',
  cert: '/etc/octo-ha/octopus.pem',
  key: '/etc/octo-ha/octopus.key',
  ca: '/etc/octo-ha/nodes.pem',
  backendName: 'nodes.example.com',
  hostHeader: 'internal.example.com',
  listen: '10.0.0.9:9443',
  pollingPorts: ['web-1=10943', 'web-2=10944:10943'],
  grpc: true,
  proxiesInFront: ['10.9.0.0/16'],
  socket: '/run/haproxy/admin.sock',
  manager: true,
};

const wishOf: Readonly<Partial<Record<Wish, readonly (keyof SiteWishes)[]>>> = {
  certificate: ['cert', 'key'],
  key: ['key'],
  streams: ['pollingPorts', 'grpc'],
  'several ports': ['pollingPorts'],
  ca: ['ca'],
  'backend name': ['backendName'],
  'host header': ['hostHeader'],
  'proxy protocol': ['proxiesInFront'],
  'listening address': ['listen'],
  socket: ['socket'],
  manager: ['manager'],
};

const namesOf: Readonly<Record<string, SiteWishes>> = {
  'aws-alb': { cert: 'arn:aws:acm:eu-west-1:123456789012:certificate/0f1e2d3c' },
  'aws-nlb': { cert: 'arn:aws:acm:eu-west-1:123456789012:certificate/0f1e2d3c' },
  'azure-appgw': { cert: 'https://octopus.vault.azure.net/secrets/octopus' },
  gcp: { cert: 'projects/octopus/global/sslCertificates/octopus' },
  netscaler: { cert: 'octopus-certkey' },
  f5: { cert: '/Common/octopus-clientssl', ca: '/Common/our-authorities.crt' },
  'ingress-nginx': { cert: 'octopus-tls', ca: 'default/nodes-ca' },
  'gateway-api': { cert: 'octopus-tls', ca: 'nodes-ca' },
};

/** Everything that can be wished of a product. */
export function everythingOf({ name, cannot }: BalancerProduct, format?: BalancerFormat): SiteWishes {
  const refused = Object.keys({ ...cannot, ...format?.cannot }) as Wish[];
  const gone = new Set(refused.flatMap((wish) => wishOf[wish] ?? []));
  return Object.fromEntries(
    Object.entries({ ...everything, ...namesOf[name] }).filter(([key]) => !gone.has(key as keyof SiteWishes)),
  );
}
