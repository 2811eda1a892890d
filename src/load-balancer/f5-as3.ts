import type { Member, Plan, Portal, Stream } from './balancer.js';
import { isIp } from './endpoint.js';
import { f5Monitor } from './f5-monitor.js';
import { clamped, commentText, seconds } from './words.js';

type Json = Readonly<Record<string, unknown>>;

/**
 * A declaration for Application Services 3. It is JSON, which has no comments: who made it stands in `remark`.
 * https://clouddocs.f5.com/products/extensions/f5-appsvcs-extension/latest/refguide/schema-reference.html
 */
export const as3Lines = (plan: Plan): readonly string[] => JSON.stringify(declaration(plan), null, 2).split('\n');

const declaration = (plan: Plan): Json => ({
  class: 'AS3',
  action: 'deploy',
  persist: true,
  declaration: {
    class: 'ADC',
    schemaVersion: '3.30.0',
    id: 'octopus',
    label: 'Octopus Deploy',
    remark: remark(`made by octo-ha: ${plan.origin}`),
    octopus: {
      class: 'Tenant',
      portal: {
        class: 'Application',
        template: 'generic',
        ...(plan.portal === undefined ? {} : portal(plan, plan.portal)),
        ...Object.assign({}, ...plan.streams.map((one) => stream(plan, one))),
      },
    },
  },
});

/** At most 64 characters, without what a remark may not hold. */
const remark = (text: string): string =>
  commentText(text)
    .replace(/["\\<>]/g, ' ')
    .slice(0, 64)
    .trim();

function portal(plan: Plan, { address, port, tls, members, secure }: Portal): Json {
  const { longestRequest, ca, backendName } = plan;
  const targets = members.map((member) => ({ member, port: member.port }));
  return {
    portal_monitor: pings(plan, targets, secure),
    portal_pool: pool(targets, 'portal_monitor', 'round-robin'),
    portal_http: {
      class: 'HTTP_Profile',
      xForwardedFor: true,
      webSocketsEnabled: true,
      insertHeader: { name: 'X-Forwarded-Proto', value: tls === undefined ? 'http' : 'https' },
    },
    portal_tcp: { class: 'TCP_Profile', idleTimeout: clamped(seconds(longestRequest), 1, 86_400) },
    ...(secure
      ? {
          portal_nodes_tls: {
            class: 'TLS_Client',
            validateCertificate: true,
            trustCA: { bigip: ca ?? '/Common/ca-bundle.crt' },
            ...(backendName === undefined ? {} : { serverName: backendName, sendSNI: backendName }),
          },
        }
      : {}),
    portal_service: {
      class: tls === undefined ? 'Service_HTTP' : 'Service_HTTPS',
      virtualAddresses: [virtualAddress(address)],
      virtualPort: port,
      ...(tls === undefined ? {} : { redirect80: false, serverTLS: { bigip: tls.certificate } }),
      ...(secure ? { clientTLS: 'portal_nodes_tls' } : {}),
      pool: 'portal_pool',
      persistenceMethods: [],
      profileHTTP: { use: 'portal_http' },
      profileTCP: { use: 'portal_tcp' },
    },
  };
}

function stream(plan: Plan, { name, port, targets, leavesDrained }: Stream): Json {
  // The name of the passed-through portal is taken by nothing else: there is no other portal then.
  const word = name.replaceAll('-', '_');
  const secure = targets.some(({ member }) => member.secure);
  return {
    [`${word}_monitor`]: leavesDrained
      ? pings(plan, targets, secure)
      : { class: 'Monitor', monitorType: 'tcp', ...times(plan) },
    [`${word}_pool`]: pool(targets, `${word}_monitor`, 'least-connections-member'),
    [`${word}_tcp`]: { class: 'TCP_Profile', idleTimeout: 3_600 },
    [`${word}_service`]: {
      class: 'Service_TCP',
      virtualAddresses: [virtualAddress(plan.portal?.address)],
      virtualPort: port,
      pool: `${word}_pool`,
      persistenceMethods: [],
      profileTCP: { use: `${word}_tcp` },
    },
  };
}

const virtualAddress = (address = '*'): string => (address === '*' ? '0.0.0.0' : address);

const pool = (targets: Stream['targets'], monitor: string, loadBalancingMode: string): Json => ({
  class: 'Pool',
  loadBalancingMode,
  // What is under way ends where it is.
  serviceDownAction: 'none',
  // Another member is tried where no connection came about.
  reselectTries: 2,
  monitors: [{ use: monitor }],
  members: targets.map(({ member, port }) => ({
    servicePort: port,
    ...reached(member),
    remark: remark(member.name) || 'no name',
  })),
});

const reached = ({ host }: Member): Json =>
  isIp(host)
    ? { serverAddresses: [host], shareNodes: true }
    : { addressDiscovery: 'fqdn', autoPopulate: true, hostname: host.replace(/\.$/, ''), shareNodes: true };

function pings(plan: Plan, targets: Stream['targets'], secure: boolean): Json {
  const { send, receive, receiveDisable } = f5Monitor(plan);
  const elsewhere = targets.find(({ member, port }) => member.port !== port)?.member.port;
  return {
    class: 'Monitor',
    monitorType: secure ? 'https' : 'http',
    ...times(plan),
    adaptive: false,
    send: send.join('\r\n'),
    receive,
    receiveDown: receiveDisable,
    ...(elsewhere === undefined ? {} : { targetPort: elsewhere }),
  };
}

/** An interval must be shorter than the time until a member is down, which is at most 900 seconds. */
function times(plan: Plan): Json {
  const { interval, timeout, timeUntilUp } = f5Monitor(plan);
  return {
    interval: clamped(interval, 1, 899),
    timeout: clamped(timeout, 1, 900),
    timeUntilUp: clamped(timeUntilUp, 0, 1_800),
  };
}
