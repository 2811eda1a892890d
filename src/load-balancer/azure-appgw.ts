import { type BalancerProduct, onlyApache, onlyHaproxy, type Plan, type Portal, timingByCounts } from './balancer.js';
import { bicepString } from './bicep.js';
import { isIp } from './endpoint.js';
import { portalOfPlan, samePort, sharedName } from './site.js';
import { clamped, commentText, indented, seconds } from './words.js';

const title = 'Azure Application Gateway';

/** https://learn.microsoft.com/en-us/azure/templates/microsoft.network/applicationgateways */
export const azureAppgw: BalancerProduct = {
  name: 'azure-appgw',
  title,
  formats: [{ name: 'bicep', comment: '//', body: (plan) => lines(plan, portalOfPlan(plan, title)) }],
  cannot: {
    key: 'a secret of Key Vault holds both: name its address with --cert',
    'pass-through': 'that is azure-lb',
    streams: 'that is azure-lb',
    ca: "give the authority's certificate as the parameter rootCertificate",
    'host header': "it is then also the name that the nodes' certificates are checked for: say --backend-name",
    'proxy protocol': 'it stands in front itself',
    'nodes of http and https': 'a pool is reached the same way',
    'listening address': 'its address is a parameter',
    socket: onlyHaproxy,
    manager: onlyApache,
  },
  names: {
    cert: { pattern: /^https:\/\/[a-z0-9.-]+\/secrets\//i, example: 'https://my.vault.azure.net/secrets/octopus' },
  },
  limits: [
    'It takes request bodies of at most 4 GB, less with a web application firewall: ' +
      'https://learn.microsoft.com/en-us/azure/azure-resource-manager/management/azure-subscription-service-limits',
    'It waits at most 4 minutes for the answer of a node that it reaches outside its network.',
    "It names the client's host in X-Original-Host, not in X-Forwarded-Host.",
    "Behind https, a node's certificate must hold the name that people type, unless --backend-name says another; then the " +
      'nodes get that one as Host.',
    'For a certificate, --cert is the address of its secret in Key Vault.',
  ],
  noticesDrain: true,
  timing: (health) => timingByCounts({ ...health, ...probe(health), rise: 1 }),
};

/** https://learn.microsoft.com/en-us/azure/application-gateway/application-gateway-probe-overview */
const probe = ({ interval, fall }: { interval: number; fall: number }) => ({
  interval: clamped(seconds(interval), 1, 86_400) * 1_000,
  fall: clamped(fall, 1, 20),
});

/**
 * Behind https, a node's certificate must hold the name that a probe names.
 * https://learn.microsoft.com/en-us/azure/application-gateway/ssl-overview#for-probe-traffic
 */
const probeHost = (plan: Plan, { secure }: Portal): string =>
  secure ? sharedName(plan, title) : (plan.backendName ?? plan.checkHost.replace(/:\d+$/, ''));

function lines(plan: Plan, portal: Portal): readonly string[] {
  const { health, ping, publicHost, longestRequest, backendName } = plan;
  const { interval, fall } = probe(health);
  const protocol = portal.secure ? 'Https' : 'Http';
  const part = (kind: string, name = 'octopus') =>
    `{ id: resourceId('Microsoft.Network/applicationGateways/${kind}', name, '${name}') }`;
  return [
    'param location string = resourceGroup().location',
    "param name string = 'octopus'",
    "@description('The subnet of the gateway alone')",
    'param subnetId string',
    "@description('Its public address')",
    'param publicIpAddressId string',
    "@description('An identity that may read the certificate in Key Vault')",
    "param identityId string = ''",
    "@description('The authority of the nodes, base64 of its certificate, where it is not a well-known one')",
    "param rootCertificate string = ''",
    '',
    "resource gateway 'Microsoft.Network/applicationGateways@2024-05-01' = {",
    '  name: name',
    '  location: location',
    `  identity: empty(identityId) ? null : { type: 'UserAssigned', userAssignedIdentities: { '\${identityId}': {} } }`,
    '  properties: {',
    "    sku: { name: 'Standard_v2', tier: 'Standard_v2' }",
    '    autoscaleConfiguration: { minCapacity: 2, maxCapacity: 10 }',
    "    gatewayIPConfigurations: [{ name: 'octopus', properties: { subnet: { id: subnetId } } }]",
    '    frontendIPConfigurations: [',
    "      { name: 'octopus', properties: { publicIPAddress: { id: publicIpAddressId } } }",
    '    ]',
    `    frontendPorts: [{ name: 'octopus', properties: { port: ${portal.port} } }]`,
    "    sslPolicy: { policyType: 'Predefined', policyName: 'AppGwSslPolicy20220101' }",
    ...(portal.tls === undefined
      ? []
      : [
          '    sslCertificates: [',
          `      { name: 'octopus', properties: { keyVaultSecretId: ${bicepString(portal.tls.certificate)} } }`,
          '    ]',
        ]),
    '    trustedRootCertificates: empty(rootCertificate)',
    '      ? []',
    "      : [{ name: 'octopus', properties: { data: rootCertificate } }]",
    '    backendAddressPools: [',
    '      {',
    "        name: 'octopus'",
    '        properties: {',
    '          backendAddresses: [',
    ...portal.members.flatMap(({ name, host }) => [
      `            // ${commentText(name)}`,
      `            { ${isIp(host) ? 'ipAddress' : 'fqdn'}: ${bicepString(host)} }`,
    ]),
    '          ]',
    '        }',
    '      }',
    '    ]',
    '    // A node that drains answers its ping with 418 and gets no more requests.',
    '    probes: [',
    '      {',
    "        name: 'octopus'",
    '        properties: {',
    `          protocol: '${protocol}'`,
    `          host: ${bicepString(probeHost(plan, portal))}`,
    `          path: ${bicepString(ping)}`,
    `          interval: ${interval / 1_000}`,
    `          timeout: ${Math.min(seconds(health.timeout), interval / 1_000)}`,
    `          unhealthyThreshold: ${fall}`,
    "          match: { statusCodes: ['200'] }",
    '        }',
    '      }',
    '    ]',
    '    backendHttpSettingsCollection: [',
    '      {',
    "        name: 'octopus'",
    '        properties: {',
    `          protocol: '${protocol}'`,
    `          port: ${onePort(portal)}`,
    "          cookieBasedAffinity: 'Disabled'",
    `          requestTimeout: ${clamped(seconds(longestRequest), 1, 86_400)}`,
    `          connectionDraining: { enabled: true, drainTimeoutInSec: ${clamped(seconds(longestRequest), 1, 3_600)} }`,
    ...(backendName === undefined ? [] : [`          hostName: ${bicepString(backendName)}`]),
    `          probe: ${part('probes')}`,
    ...(portal.secure
      ? [
          '          trustedRootCertificates: empty(rootCertificate)',
          '            ? []',
          `            : [${part('trustedRootCertificates')}]`,
        ]
      : []),
    '        }',
    '      }',
    '    ]',
    '    httpListeners: [',
    '      {',
    "        name: 'octopus'",
    '        properties: {',
    `          protocol: '${portal.tls === undefined ? 'Http' : 'Https'}'`,
    `          frontendIPConfiguration: ${part('frontendIPConfigurations')}`,
    `          frontendPort: ${part('frontendPorts')}`,
    ...(portal.tls === undefined ? [] : [`          sslCertificate: ${part('sslCertificates')}`]),
    ...(publicHost === undefined ? [] : [`          hostName: ${bicepString(publicHost)}`]),
    '        }',
    '      }',
    '    ]',
    '    requestRoutingRules: [',
    '      {',
    "        name: 'octopus'",
    '        properties: {',
    '          priority: 100',
    "          ruleType: 'Basic'",
    ...indented([`httpListener: ${part('httpListeners')}`, `backendAddressPool: ${part('backendAddressPools')}`], 10),
    `          backendHttpSettings: ${part('backendHttpSettingsCollection')}`,
    '        }',
    '      }',
    '    ]',
    '  }',
    '}',
  ];
}

/** The port belongs to the way a pool is reached, so it is the same for every node. */
const onePort = ({ members }: Portal): number =>
  samePort(
    members.map(({ port }) => port),
    title,
  );
