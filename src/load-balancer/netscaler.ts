import {
  type BalancerProduct,
  type HealthCheck,
  type Member,
  onlyApache,
  onlyHaproxy,
  type Plan,
  type Stream,
  timingByCounts,
} from './balancer.js';
import { isIp } from './endpoint.js';
import { samePort } from './site.js';
import { clamped, commentText, identifiers, seconds } from './words.js';

const title = 'NetScaler';

/**
 * NetScaler 12 and later, as commands for its shell.
 * https://developer-docs.citrix.com/projects/citrix-adc-command-reference/en/latest/lb/lb-monitor/
 */
export const netscaler: BalancerProduct = {
  name: 'netscaler',
  title,
  formats: [{ name: 'cli', comment: '#', body: lines }],
  cannot: {
    key: 'a certkey holds both: name it with --cert',
    ca: 'link the authority to the service group by hand: bind ssl serviceGroup -certkeyName … -CA',
    'backend name': 'a service group checks one common name: set ssl serviceGroup -commonName',
    'host header': 'that is a rewrite policy',
    'proxy protocol': 'that is a net profile',
    'nodes of http and https': 'a service group is reached the same way',
    socket: onlyHaproxy,
    manager: onlyApache,
  },
  names: { cert: { pattern: /^[A-Za-z0-9_][A-Za-z0-9_.: @=-]*$/, example: 'octopus-certkey' } },
  limits: [
    'Replace VIP below by the address that people reach, or give it with --listen. For a certificate, --cert is the name ' +
      'of a certkey.',
    'The certificates of nodes behind https are not checked before their authority is bound to the service group.',
    'NetScaler repeats a request only where no connection came about.',
    'A member counts as down until its first check has passed.',
  ],
  noticesDrain: true,
  timing: (health) =>
    timingByCounts({ ...health, interval: probeInterval(health) * 1_000, rise: successRetries(health) }),
};

function lines(plan: Plan): readonly string[] {
  const { portal, streams } = plan;
  const members = new Map(
    [...(portal?.members ?? []), ...streams.flatMap(({ targets }) => targets.map(({ member }) => member))].map(
      (member) => [member.name, member],
    ),
  );
  const words = identifiers([...members.keys()]);
  const word = ({ name }: Member): string => `octopus-${words.get(name) ?? ''}`;
  const vip = portal === undefined || portal.address === '*' ? 'VIP' : portal.address;
  return [
    `enable ns feature ${features(plan).join(' ')}`,
    ...[...members.values()].flatMap((member) => [
      `# ${commentText(member.name)}`,
      `add server ${word(member)} ${member.host}${isIp(member.host) ? '' : ' -domainResolveRetry 5'}`,
    ]),
    '',
    '# A node that drains answers its ping with 418 and gets no more requests.',
    ...monitors(plan),
    ...(portal === undefined ? [] : ['', ...portalCommands(plan, portal, word, vip)]),
    ...streams.flatMap((stream) => ['', ...streamCommands(stream, word, vip)]),
  ];
}

/**
 * What is configured does nothing before its feature is enabled.
 * https://docs.citrix.com/en-us/netscaler/11/traffic-management/load-balancing/load-balancing-setup.html
 */
const features = ({ portal }: Plan): readonly string[] => [
  'LB',
  ...(portal?.tls === undefined && portal?.secure !== true ? [] : ['SSL']),
  ...(portal === undefined ? [] : ['REWRITE']),
];

/** The answer must come before the next question, and both take whole seconds. */
const probeInterval = ({ interval }: HealthCheck): number => Math.max(seconds(interval), 2);

/** From 1 to 32. */
const successRetries = ({ rise }: HealthCheck): number => clamped(rise, 1, 32);

/** One for each port and scheme: a service group may listen elsewhere than where the pings are answered. */
function monitors(plan: Plan): readonly string[] {
  const asked = [
    ...(plan.portal?.members ?? []),
    ...plan.streams.flatMap(({ targets, leavesDrained }) => (leavesDrained ? targets.map(({ member }) => member) : [])),
  ];
  const unique = asked.filter((one, i) => asked.findIndex((other) => monitorOf(other) === monitorOf(one)) === i);
  return unique.map((member) => monitor(plan, member));
}

const monitorOf = ({ secure, port }: Member): string => `octopus-ping-${secure ? 'https' : 'http'}-${port}`;

/** https://docs.netscaler.com/en-us/citrix-adc/current-release/load-balancing/load-balancing-builtin-monitors */
function monitor({ health, ping, checkHost }: Plan, member: Member): string {
  const every = probeInterval(health);
  return (
    `add lb monitor ${monitorOf(member)} HTTP -respCode 200 -httpRequest "GET ${ping}" ` +
    `-customHeaders "Host: ${checkHost}\\r\\n" -LRTM DISABLED -destPort ${member.port} -interval ${every} ` +
    `-resptimeout ${Math.min(seconds(health.timeout), every - 1)} -retries ${health.fall} ` +
    `-successRetries ${successRetries(health)}${member.secure ? ' -secure YES' : ''}`
  );
}

/** Every monitor of a group must pass, so all its members answer their pings at one port. */
const bound = (group: string, targets: Stream['targets']): readonly string[] =>
  [...new Set(targets.map(({ member }) => monitorOf(member)))].map(
    (name) => `bind serviceGroup ${group} -monitorName ${name}`,
  );

function portalCommands(
  { publicHost, longestRequest }: Plan,
  portal: NonNullable<Plan['portal']>,
  word: (member: Member) => string,
  vip: string,
): readonly string[] {
  const kind = portal.secure ? 'SSL' : 'HTTP';
  const onePort = portal.members.map((member) => ({ member, port: member.port }));
  samePort(
    portal.members.map(({ port }) => port),
    title,
  );
  const wait = seconds(longestRequest);
  return [
    `# The portal${publicHost === undefined ? '' : `: ${publicHost}`}. -cip adds the client's address to X-Forwarded-For.`,
    `add serviceGroup octopus-nodes ${kind} -cip ENABLED X-Forwarded-For -svrTimeout ${wait} -cltTimeout ${wait} ` +
      '-downStateFlush DISABLED',
    ...bound('octopus-nodes', onePort),
    ...portal.members.map((member) => `bind serviceGroup octopus-nodes ${word(member)} ${member.port}`),
    `add lb vserver octopus-portal ${portal.tls === undefined ? 'HTTP' : 'SSL'} ${vip} ${portal.port} ` +
      `-lbMethod ROUNDROBIN -persistenceType NONE -cltTimeout ${wait} -downStateFlush DISABLED`,
    'bind lb vserver octopus-portal octopus-nodes',
    ...(portal.tls === undefined
      ? []
      : [
          `bind ssl vserver octopus-portal -certkeyName "${portal.tls.certificate}"`,
          'set ssl vserver octopus-portal -ssl3 DISABLED -tls1 DISABLED -tls11 DISABLED -tls12 ENABLED',
        ]),
    'set ns httpProfile nshttp_default_profile -webSocket ENABLED',
    'add rewrite action octopus-proto insert_http_header X-Forwarded-Proto ' +
      `"\\"${portal.tls === undefined ? 'http' : 'https'}\\""`,
    'add rewrite policy octopus-proto true octopus-proto',
    'bind lb vserver octopus-portal -policyName octopus-proto -priority 100 -gotoPriorityExpression NEXT -type REQUEST',
    'add rewrite action octopus-host insert_http_header X-Forwarded-Host "HTTP.REQ.HOSTNAME"',
    'add rewrite policy octopus-host true octopus-host',
    'bind lb vserver octopus-portal -policyName octopus-host -priority 110 -gotoPriorityExpression END -type REQUEST',
  ];
}

/**
 * Without `-downStateFlush DISABLED`, a member that goes down resets its connections: also one that only drains.
 * https://support.citrix.com/external/article/140147/netscaler-downstateflush-parameter-expla.html
 */
function streamCommands(
  { name, port, targets, leavesDrained }: Stream,
  word: (member: Member) => string,
  vip: string,
): readonly string[] {
  const own = `octopus-${name}-group`;
  const kept = leavesDrained ? ' -downStateFlush DISABLED' : '';
  return [
    ...(leavesDrained ? [] : ['# Polled nodes stay while they drain: the tasks that end there need their Tentacles.']),
    `add serviceGroup ${own} TCP -svrTimeout 3600 -cltTimeout 3600${kept}`,
    ...(leavesDrained ? bound(own, targets) : [`bind serviceGroup ${own} -monitorName tcp`]),
    ...targets.map(({ member, port }) => `bind serviceGroup ${own} ${word(member)} ${port}`),
    `add lb vserver octopus-${name} TCP ${vip} ${port} -lbMethod LEASTCONNECTION -persistenceType NONE ` +
      `-cltTimeout 3600${kept}`,
    `bind lb vserver octopus-${name} ${own}`,
  ];
}
