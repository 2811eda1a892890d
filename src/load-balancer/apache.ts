import { type BalancerProduct, type Member, onlyHaproxy, type Plan, type Portal, timingByCounts } from './balancer.js';
import { authority } from './endpoint.js';
import { portalOfPlan } from './site.js';
import { commentText, indented, seconds } from './words.js';

/** The balancer's name in its balancer-manager. */
export const apacheBalancer = 'octopus';

/** https://httpd.apache.org/docs/2.4/mod/ */
const modules = [
  ...['proxy', 'proxy_http', 'proxy_balancer', 'proxy_hcheck', 'lbmethod_byrequests', 'slotmem_shm', 'headers'],
  'setenvif',
];

/**
 * Apache HTTP Server 2.4.54 and later, as a site of its own. mod_proxy_hcheck asks the pings
 * (https://httpd.apache.org/docs/2.4/mod/mod_proxy_hcheck.html). The balancer goes on to another node only where it could
 * not connect (https://httpd.apache.org/docs/2.4/mod/mod_proxy_balancer.html); see `repeated` for what was sent.
 */
export const apache: BalancerProduct = {
  name: 'apache',
  title: 'Apache',
  formats: [{ name: 'conf', comment: '#', body: (plan) => lines(plan, portalOfPlan(plan, 'Apache')) }],
  cannot: {
    'pass-through': 'mod_proxy balances HTTP only',
    streams: 'mod_proxy balances HTTP only; let a firewall or HAProxy pass them',
    'host header': 'it passes on the one that the client asked for',
    'backend name': "it checks the name that the client asked for, and each node's own for the pings",
    socket: onlyHaproxy,
  },
  limits: [
    'A node counts as up until its first checks have failed.',
    `It needs these modules (a2enmod): ${[...modules, 'ssl and remoteip where they are used'].join(', ')}.`,
    "Behind https, a node's certificate must hold the name that people type as well as its own.",
    'It keeps no connections of clients: a reload cuts idle ones while a request may be coming, and on a kept one it ' +
      'cuts what was under way in a node that dies instead of repeating it.',
  ],
  noticesDrain: true,
  timing: (health) => timingByCounts({ ...health, interval: seconds(health.interval) * 1_000 }),
  test: () => ['apachectl', 'configtest'],
  reload: ['apachectl', 'graceful'],
};

function lines(plan: Plan, portal: Portal): readonly string[] {
  const { publicHost, ca, largestBody, longestRequest, manager, proxiesInFront } = plan;
  const wait = seconds(longestRequest);
  const place = `${portal.address.includes(':') ? `[${portal.address}]` : portal.address}:${portal.port}`;
  const needed = [...modules, ...(usesTls(portal) ? ['ssl'] : []), ...(proxiesInFront.length > 0 ? ['remoteip'] : [])];
  return [
    ...needed.flatMap((module) => [
      `<IfModule !${module}_module>`,
      `    Error "enable mod_${module}: a2enmod ${module}"`,
      '</IfModule>',
    ]),
    '',
    ...(portal.port === 80 || portal.port === 443
      ? ['# Listen stands in ports.conf on Debian and in httpd.conf elsewhere.']
      : [`Listen ${portal.address === '*' ? portal.port : place}`]),
    '',
    `<VirtualHost ${place}>`,
    ...(publicHost === undefined ? [] : [`    ServerName ${publicHost}`]),
    ...indented(tls(portal)),
    ...(proxiesInFront.length === 0
      ? []
      : [
          `    # Let a firewall admit nobody but ${proxiesInFront.join(', ')}: Apache believes whoever connects.`,
          '    RemoteIPProxyProtocol On',
        ]),
    `    LimitRequestBody ${largestBody}`,
    `    Timeout ${wait}`,
    `    ProxyTimeout ${wait}`,
    '    <IfModule reqtimeout_module>',
    '        # Debian gives a body ten seconds of silence.',
    '        RequestReadTimeout body=0',
    '    </IfModule>',
    '    ProxyRequests Off',
    '    ProxyPreserveHost On',
    '    # Octopus has slashes inside names: refs%2Fheads%2Fmain.',
    '    AllowEncodedSlashes NoDecode',
    ...indented(repeated),
    `    RequestHeader set X-Forwarded-Proto "${portal.tls === undefined ? 'http' : 'https'}"`,
    ...indented(verified(portal, ca)),
    ...(manager ? indented(managerLines) : []),
    '    # A node that drains answers its ping with 418 and gets no more requests.',
    '    ProxyHCExpr octopus_in {%{REQUEST_STATUS} =~ /^200$/}',
    `    <Proxy balancer://${apacheBalancer}>`,
    ...indented(
      portal.members.flatMap((one) => member(plan, one, wait)),
      8,
    ),
    '        # The node that died is left alone for a second, so that what is sent again goes elsewhere.',
    '        ProxySet lbmethod=byrequests maxattempts=2 failonstatus=502',
    '    </Proxy>',
    `    ProxyPass / balancer://${apacheBalancer}/ nocanon`,
    '</VirtualHost>',
  ];
}

/**
 * mod_proxy answers 502 where a node dies with a request under way, and closes the connection without an answer where
 * the client keeps it. Without kept connections the 502 can be caught, and a GET sent again, once: an error document of
 * an error document is not asked for. https://httpd.apache.org/docs/2.4/mod/core.html#errordocument
 */
const repeated = [
  'KeepAlive Off',
  '# A GET that was under way in a node that dies is sent again, to another one.',
  'SetEnvIfExpr "%{THE_REQUEST} =~ m#^GET /(\\S*) HTTP/#" octopus_repeats octopus_path=$1',
  `<If "-n reqenv('octopus_repeats')">`,
  '    ErrorDocument 502 /%{reqenv:octopus_path}',
  '</If>',
];

const usesTls = ({ tls, secure, members }: Portal): boolean =>
  tls !== undefined || secure || members.some((member) => member.secure);

const managerLines = [
  '<Location /balancer-manager>',
  '    SetHandler balancer-manager',
  '    Require local',
  '</Location>',
  'ProxyPass /balancer-manager !',
];

/** Not `status=+C`, with which a node would have to pass its checks first: after a reload, all of them would. */
function member({ ping, health }: Plan, { name, host, port, secure }: Member, wait: number): readonly string[] {
  const url = `${secure ? 'https' : 'http'}://${authority({ host, port })}`;
  return [
    `# ${commentText(name)}`,
    `BalancerMember ${url} connectiontimeout=5 timeout=${wait} retry=1 upgrade=websocket hcmethod=GET hcuri=${ping} ` +
      `hcexpr=octopus_in hcinterval=${seconds(health.interval)} hcfails=${health.fall} hcpasses=${health.rise}`,
  ];
}

const tls = ({ tls }: Portal): readonly string[] =>
  tls === undefined
    ? []
    : [
        'SSLEngine on',
        'SSLProtocol -all +TLSv1.2 +TLSv1.3',
        `SSLCertificateFile ${quoted(tls.certificate)}`,
        ...(tls.key === undefined ? [] : [`SSLCertificateKeyFile ${quoted(tls.key)}`]),
      ];

const verified = ({ secure, members }: Portal, ca: string | undefined): readonly string[] =>
  !secure && !members.some((one) => one.secure)
    ? []
    : [
        'SSLProxyEngine on',
        'SSLProxyVerify require',
        'SSLProxyVerifyDepth 5',
        'SSLProxyCheckPeerName on',
        `SSLProxyCACertificateFile ${quoted(ca ?? '/etc/ssl/certs/ca-certificates.crt')}`,
      ];

const quoted = (path: string): string => `"${path.replaceAll('\\', '\\\\')}"`;
