import type { Plan, Portal, Stream } from './balancer.js';
import { isIp } from './endpoint.js';
import { f5Monitor } from './f5-monitor.js';
import { commentText, identifiers, seconds } from './words.js';

/** Commands for the Traffic Management Shell. https://clouddocs.f5.com/cli/tmsh-reference/latest/modules/ltm/ */
export function tmshLines(plan: Plan): readonly string[] {
  const { portal, streams } = plan;
  const everyone = [
    ...(portal?.members ?? []),
    ...streams.flatMap(({ targets }) => targets.map(({ member }) => member)),
  ].filter((member, i, all) => all.findIndex(({ name }) => name === member.name) === i);
  const words = identifiers(everyone.map(({ name }) => name));
  const word = (name: string): string => `octopus-${words.get(name) ?? ''}`;
  return [
    '# All or nothing.',
    'create cli transaction',
    ...everyone.flatMap(({ name, host }) => [
      `# ${commentText(name)}`,
      isIp(host)
        ? `create ltm node ${word(name)} address ${host}`
        : `create ltm node ${word(name)} fqdn { name ${host.replace(/\.$/, '')} autopopulate disabled }`,
    ]),
    ...(portal === undefined ? [] : portalCommands(plan, portal, word)),
    ...streams.flatMap((stream) => streamCommands(plan, stream, word)),
    'submit cli transaction',
  ];
}

type Word = (name: string) => string;

function portalCommands(plan: Plan, portal: Portal, word: Word): readonly string[] {
  const { longestRequest, ca, backendName } = plan;
  const { address, port, tls, members, secure } = portal;
  const targets = members.map((member) => ({ member, port: member.port }));
  return [
    '# A node that drains answers its ping with 418 and gets no more requests.',
    pings(plan, 'octopus-portal', targets, secure),
    pool('octopus-portal', 'round-robin', targets, word),
    `create ltm profile tcp octopus-portal-tcp idle-timeout ${seconds(longestRequest)}`,
    'create ltm profile http octopus-portal-http insert-xforwarded-for enabled ' +
      `header-insert "X-Forwarded-Proto: ${tls === undefined ? 'http' : 'https'}"`,
    ...(secure
      ? [
          `create ltm profile server-ssl octopus-nodes ca-file "${ca ?? '/Common/ca-bundle.crt'}" peer-cert-mode require` +
            `${backendName === undefined ? '' : ` server-name ${backendName} authenticate-name ${backendName}`}`,
        ]
      : []),
    `create ltm virtual octopus-portal destination ${destination(address, port)} ip-protocol tcp pool octopus-portal ` +
      `source-address-translation { type automap } persist none profiles add ${profiles(portal)}`,
  ];
}

const profiles = ({ tls, secure }: Portal): string =>
  [
    '{ octopus-portal-tcp { } octopus-portal-http { } websocket { }',
    ...(tls === undefined ? [] : [`"${tls.certificate}" { context clientside }`]),
    ...(secure ? ['octopus-nodes { context serverside }'] : []),
    '}',
  ].join(' ');

function streamCommands(plan: Plan, stream: Stream, word: Word): readonly string[] {
  const { port, targets, leavesDrained } = stream;
  const name = `octopus-${stream.name}`;
  const at = destination(plan.portal?.address ?? '*', port);
  const { interval, timeout } = f5Monitor(plan);
  return [
    ...(leavesDrained
      ? [
          pings(
            plan,
            name,
            targets,
            targets.some(({ member }) => member.secure),
          ),
        ]
      : [
          '# Polled nodes stay while they drain: the tasks that end there need their Tentacles.',
          `create ltm monitor tcp ${name} interval ${interval} timeout ${timeout}`,
        ]),
    pool(name, 'least-connections-member', targets, word),
    `create ltm profile fastl4 ${name} idle-timeout 3600`,
    `create ltm virtual ${name} destination ${at} ip-protocol tcp pool ${name} ` +
      `source-address-translation { type automap } persist none profiles add { ${name} { } }`,
  ];
}

function pings(plan: Plan, name: string, targets: Stream['targets'], secure: boolean): string {
  const { send, receive, receiveDisable, interval, timeout, timeUntilUp } = f5Monitor(plan);
  const elsewhere = targets.find(({ member, port }) => member.port !== port)?.member.port;
  return (
    `create ltm monitor ${secure ? 'https' : 'http'} ${name} interval ${interval} timeout ${timeout} ` +
    `time-until-up ${timeUntilUp} send "${send.join('\\r\\n')}" recv "${receive}" recv-disable "${receiveDisable}"` +
    `${elsewhere === undefined ? '' : ` destination *:${elsewhere}`}`
  );
}

const pool = (name: string, mode: string, targets: Stream['targets'], word: Word): string =>
  `create ltm pool ${name} load-balancing-mode ${mode} monitor ${name} service-down-action none reselect-tries 2 ` +
  `members add { ${targets.map(({ member, port }) => `${word(member.name)}:${port} { }`).join(' ')} }`;

const destination = (address: string, port: number): string =>
  `${address === '*' ? '0.0.0.0' : address}${address.includes(':') ? '.' : ':'}${port}`;
