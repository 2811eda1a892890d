import { Failure } from '../errors.js';
import type { Member, Stream } from './balancer.js';
import { isIp } from './endpoint.js';
import { targetOf } from './site.js';
import { commentText, doubleQuoted, identifiers } from './words.js';

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ */
export const kubernetesName = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;

/**
 * A service without a selector, and the addresses behind it: nodes that are no pods of this cluster. Nobody asks their
 * pings, so a node that drains is written as not ready.
 * https://kubernetes.io/docs/concepts/services-networking/service/#services-without-selectors
 */
export function serviceLines(name: string, targets: Stream['targets'], keepsDrained: boolean): readonly string[] {
  const addresses = targets.map(({ member, port }) => ({ member, port, address: addressOf(member) }));
  const families = [...new Set(addresses.map(({ address }) => (address.includes(':') ? 'IPv6' : 'IPv4')))];
  const words = identifiers(targets.map(({ member }) => member.name));
  const [first] = targets;
  return [
    '---',
    'apiVersion: v1',
    'kind: Service',
    'metadata:',
    `  name: ${name}`,
    'spec:',
    '  ports:',
    '    - name: octopus',
    '      protocol: TCP',
    `      port: ${first?.port}`,
    `      targetPort: ${first?.port}`,
    // A slice has one port and one family for all its addresses.
    ...families.flatMap((family) =>
      [...new Set(targets.map(({ port }) => port))].flatMap((port) => {
        const some = addresses.filter((one) => one.port === port && one.address.includes(':') === (family === 'IPv6'));
        return some.length === 0 ? [] : slice(name, family, port, some, words, keepsDrained);
      }),
    ),
  ];
}

function slice(
  service: string,
  family: string,
  port: number,
  some: readonly { readonly member: Member; readonly address: string }[],
  words: ReadonlyMap<string, string>,
  keepsDrained: boolean,
): readonly string[] {
  return [
    '---',
    'apiVersion: discovery.k8s.io/v1',
    'kind: EndpointSlice',
    'metadata:',
    `  name: ${service}-${family.toLowerCase()}-${port}`,
    '  labels:',
    `    kubernetes.io/service-name: ${service}`,
    '    endpointslice.kubernetes.io/managed-by: octo-ha',
    `addressType: ${family}`,
    'ports:',
    '  - name: octopus',
    '    protocol: TCP',
    `    port: ${port}`,
    'endpoints:',
    ...some.flatMap(({ member, address }) => [
      `  # ${commentText(member.name)}`,
      `  - hostname: ${doubleQuoted(words.get(member.name) ?? '')}`,
      `    addresses: [${doubleQuoted(address)}]`,
      '    conditions:',
      `      ready: ${keepsDrained || !member.drained}`,
    ]),
  ];
}

function addressOf(member: Member): string {
  const address = targetOf(member, 'Kubernetes');
  if (isIp(address)) return address;
  throw new Failure('usage', `${JSON.stringify(address)} is no address of the node ${JSON.stringify(member.name)}`);
}
