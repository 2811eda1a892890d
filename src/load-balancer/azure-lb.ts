import {
  type BalancerProduct,
  type HealthCheck,
  onlyApache,
  onlyHaproxy,
  type Plan,
  type Stream,
  timingByCounts,
} from './balancer.js';
import { bicepString } from './bicep.js';
import { samePort, targetOf } from './site.js';
import { clamped, commentText, identifiers, seconds } from './words.js';

const title = 'Azure Load Balancer';

/**
 * Its probes take 200 and nothing else as healthy.
 * https://learn.microsoft.com/en-us/azure/load-balancer/load-balancer-custom-probe-overview
 * https://learn.microsoft.com/en-us/azure/load-balancer/load-balancer-tcp-idle-timeout
 * https://learn.microsoft.com/en-us/azure/templates/microsoft.network/loadbalancers
 */
export const azureLb: BalancerProduct = {
  name: 'azure-lb',
  title,
  formats: [{ name: 'bicep', comment: '//', body: lines }],
  cannot: {
    certificate: 'it does not read requests: let the nodes end TLS (--pass-through), or use azure-appgw',
    ca: 'it does not check the certificates of nodes',
    'backend name': 'it does not check the certificates of nodes',
    'host header': 'it does not read requests',
    'proxy protocol': 'it stands in front itself',
    'nodes of http and https': 'a probe asks every node the same way',
    'listening address': 'its address is a parameter',
    socket: onlyHaproxy,
    manager: onlyApache,
  },
  limits: [
    'It balances connections, not requests: it repeats nothing and adds no headers, and a client that keeps its ' +
      'connection stays on a node that drains until either closes it.',
    'It checks at most every 5 seconds.',
  ],
  noticesDrain: true,
  timing: (health) => timingByCounts(probe(health)),
};

/**
 * One threshold takes a node out and back in.
 * https://learn.microsoft.com/en-us/javascript/api/@azure/arm-network/probe
 */
const probe = (health: HealthCheck): HealthCheck => ({
  ...health,
  interval: Math.max(seconds(health.interval), 5) * 1_000,
  rise: health.fall,
});

function lines(plan: Plan): readonly string[] {
  const { portal, streams } = plan;
  const all: readonly Stream[] = [
    ...(portal === undefined
      ? []
      : [
          {
            name: 'portal',
            port: portal.port,
            targets: portal.members.map((member) => ({ member, port: member.port })),
            leavesDrained: true,
          },
        ]),
    ...streams,
  ];
  return [
    'param location string = resourceGroup().location',
    "param name string = 'octopus'",
    "@description('The network of the nodes')",
    'param virtualNetworkId string',
    "@description('The subnet in which the balancer has its address')",
    'param subnetId string',
    '',
    "resource balancer 'Microsoft.Network/loadBalancers@2024-05-01' = {",
    '  name: name',
    '  location: location',
    "  sku: { name: 'Standard' }",
    '  properties: {',
    "    frontendIPConfigurations: [{ name: 'octopus', properties: { subnet: { id: subnetId } } }]",
    '    backendAddressPools: [',
    ...all.flatMap(pool),
    '    ]',
    '    // A node that drains answers its ping with 418: it gets no more connections, and those it has end.',
    '    probes: [',
    ...all.flatMap((stream) => probeLines(plan, stream)),
    '    ]',
    '    loadBalancingRules: [',
    ...all.flatMap((stream) => rule(plan, stream)),
    '    ]',
    '  }',
    '}',
  ];
}

function pool({ name, targets }: Stream): readonly string[] {
  const words = identifiers(targets.map(({ member }) => member.name));
  return [
    '      {',
    `        name: '${name}'`,
    '        properties: {',
    '          virtualNetwork: { id: virtualNetworkId }',
    '          loadBalancerBackendAddresses: [',
    ...targets.flatMap(({ member }) => [
      `            // ${commentText(member.name)}`,
      `            { name: '${words.get(member.name)}', properties: { ipAddress: ${bicepString(targetOf(member, title))} } }`,
    ]),
    '          ]',
    '        }',
    '      }',
  ];
}

function probeLines(plan: Plan, { name, targets, leavesDrained }: Stream): readonly string[] {
  const { interval, fall } = probe(plan.health);
  const secure = targets.some(({ member }) => member.secure);
  const port = samePort(
    targets.map(({ member, port }) => (leavesDrained ? member.port : port)),
    title,
  );
  return [
    '      {',
    `        name: '${name}'`,
    '        properties: {',
    `          protocol: '${leavesDrained ? (secure ? 'Https' : 'Http') : 'Tcp'}'`,
    `          port: ${port}`,
    ...(leavesDrained ? [`          requestPath: ${bicepString(plan.ping)}`] : []),
    `          intervalInSeconds: ${interval / 1_000}`,
    `          numberOfProbes: ${fall}`,
    `          probeThreshold: ${fall}`,
    '        }',
    '      }',
  ];
}

function rule(plan: Plan, { name, port, targets }: Stream): readonly string[] {
  const part = (kind: string, of: string) =>
    `{ id: resourceId('Microsoft.Network/loadBalancers/${kind}', name, '${of}') }`;
  return [
    '      {',
    `        name: '${name}'`,
    '        properties: {',
    "          protocol: 'Tcp'",
    `          frontendPort: ${port}`,
    `          backendPort: ${samePort(
      targets.map((target) => target.port),
      title,
    )}`,
    "          loadDistribution: 'Default'",
    `          idleTimeoutInMinutes: ${clamped(Math.ceil(plan.longestRequest / 60_000), 4, 100)}`,
    '          enableTcpReset: true',
    `          frontendIPConfiguration: ${part('frontendIPConfigurations', 'octopus')}`,
    `          backendAddressPool: ${part('backendAddressPools', name)}`,
    `          probe: ${part('probes', name)}`,
    '        }',
    '      }',
  ];
}
