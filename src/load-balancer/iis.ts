import { Failure } from '../errors.js';
import {
  type BalancerProduct,
  type HealthCheck,
  type Member,
  onlyApache,
  onlyHaproxy,
  type Plan,
  type Portal,
} from './balancer.js';
import { authority } from './endpoint.js';
import { portalOfPlan } from './site.js';
import { commentText, seconds } from './words.js';

/**
 * IIS with Application Request Routing 3 and URL Rewrite 2, as a script for Windows PowerShell.
 * https://learn.microsoft.com/en-us/iis/extensions/configuring-application-request-routing-arr/
 * The pings: https://learn.microsoft.com/en-us/previous-versions/windows/it-pro/windows-server-2008-R2-and-2008/dd443513(v=ws.10)
 * and https://blogs.iis.net/richma/application-request-routing-health-check-features
 * Encoded slashes: https://learn.microsoft.com/en-us/archive/blogs/asiatech/how-to-keep-escape-characters-of-slash-in-url-when-using-iis-arr
 */
export const iis: BalancerProduct = {
  name: 'iis',
  title: 'IIS with ARR',
  formats: [{ name: 'powershell', comment: '#', body: (plan) => lines(plan, portalOfPlan(plan, 'IIS with ARR')) }],
  cannot: {
    certificate: 'bind it to a site in IIS, and leave --cert out',
    'pass-through': 'ARR ends TLS itself',
    streams: 'ARR balances HTTP only, and polling Tentacles need their TLS passed through',
    ca: 'Windows keeps authorities in its own store: import the file there',
    'backend name': "ARR checks the name of the farm's server",
    'host header': 'ARR passes on the one that the client asked for',
    'proxy protocol': 'IIS does not know it',
    'nodes of http and https': 'a farm is reached the same way',
    'listening address': "the site's binding says where IIS listens",
    socket: onlyHaproxy,
    manager: onlyApache,
  },
  limits: [
    'Run it as an administrator on the machine with IIS, ARR 3 and URL Rewrite 2. Run again, it makes the farm anew.',
    'One ping decides: ARR counts neither failed nor passed ones.',
    'ARR repeats nothing: a request that is under way when a node dies fails.',
    'IIS takes request bodies of at most 4 GB; larger packages need another way to the nodes.',
    'URL Rewrite passes a slash that is encoded in a path (%2F) on as a plain one.',
    'Without the WebSocket feature of Windows, IIS passes no WebSockets on.',
  ],
  noticesDrain: true,
  timing: (health) => {
    const once = (interval(health) + pingTimeout(health)) * 1_000 + 1_000;
    return { outAfter: once, inAfter: once };
  },
};

const interval = (health: HealthCheck): number => seconds(health.interval);
const pingTimeout = (health: HealthCheck): number => seconds(health.timeout);

/**
 * The largest that request filtering can hold.
 * https://learn.microsoft.com/en-us/iis/configuration/system.webserver/security/requestfiltering/requestlimits/
 */
const mostBody = 4_294_967_295;

function lines(plan: Plan, portal: Portal): readonly string[] {
  const { health, ping, largestBody, longestRequest, checkHost } = plan;
  const scheme = portal.secure ? 'https' : 'http';
  refuseSharedHosts(portal.members);
  return [
    "$ErrorActionPreference = 'Stop'",
    'Import-Module WebAdministration',
    "$root = 'MACHINE/WEBROOT/APPHOST'",
    `$farm = "webFarms/webFarm[@name='octopus']"`,
    '$routing = "$farm/applicationRequestRouting"',
    'function Set-Value($filter, $name, $value) {',
    '    Set-WebConfigurationProperty -PSPath $root -Filter $filter -Name $name -Value $value',
    '}',
    '',
    '# The farm',
    'if (Get-WebConfiguration -PSPath $root -Filter $farm) { Clear-WebConfiguration -PSPath $root -Filter $farm }',
    "Add-WebConfigurationProperty -PSPath $root -Filter 'webFarms' -Name '.' -Value @{ name = 'octopus' }",
    ...portal.members.flatMap((member) => server(member, portal.secure)),
    '',
    '# A node that drains answers its ping with 418 and gets no more requests.',
    `Set-Value "$routing/healthCheck" url ${quoted(`${scheme}://${checkHost.replace(/:\d+$/, '')}${ping}`)}`,
    `Set-Value "$routing/healthCheck" interval ${quoted(clock(interval(health)))}`,
    `Set-Value "$routing/healthCheck" timeout ${quoted(clock(pingTimeout(health)))}`,
    `Set-Value "$routing/healthCheck" statusCodeMatch '200-200'`,
    `Set-Value "$routing/loadBalancing" algorithm 'WeightedRoundRobin'`,
    `Set-Value "$routing/affinity" useCookie $false`,
    `Set-Value "$routing/protocol" timeout ${quoted(clock(seconds(longestRequest)))}`,
    `Set-Value "$routing/protocol" preserveHostHeader $true`,
    `Set-Value "$routing/protocol/cache" enabled $false`,
    '',
    '# Rules: everything goes to the farm',
    "$rules = 'system.webServer/rewrite/globalRules'",
    ...rule('octopus-https', 'on', scheme),
    ...rule('octopus-http', 'off', scheme),
    '',
    '# Packages of any size',
    "Set-Value 'system.webServer/security/requestFiltering/requestLimits' maxAllowedContentLength " +
      `${Math.min(largestBody, mostBody)}`,
    "Set-Value 'system.applicationHost/sites/siteDefaults/limits' connectionTimeout " +
      `${quoted(clock(seconds(longestRequest)))}`,
  ];
}

/** One rule for each scheme, so that a node learns which one the client used. */
const rule = (name: string, https: 'on' | 'off', scheme: string): readonly string[] => [
  `$rule = "$rules/rule[@name='${name}']"`,
  'if (Get-WebConfiguration -PSPath $root -Filter $rule) { Clear-WebConfiguration -PSPath $root -Filter $rule }',
  `Add-WebConfigurationProperty -PSPath $root -Filter $rules -Name '.' -Value @{ name = '${name}'; stopProcessing = $true }`,
  `Set-Value "$rule/match" url '.*'`,
  `Add-WebConfigurationProperty -PSPath $root -Filter "$rule/conditions" -Name '.' -Value @{ input = '{HTTPS}'; pattern = '${https}' }`,
  "foreach ($header in @{ name = 'HTTP_X_FORWARDED_PROTO'; value = '" +
    `${https === 'on' ? 'https' : 'http'}' }, @{ name = 'HTTP_X_FORWARDED_HOST'; value = '{HTTP_HOST}' }) {`,
  '    $allowed = "system.webServer/rewrite/allowedServerVariables"',
  `    if (-not (Get-WebConfiguration -PSPath $root -Filter "$allowed/add[@name='$($header.name)']")) {`,
  "        Add-WebConfigurationProperty -PSPath $root -Filter $allowed -Name '.' -Value @{ name = $header.name }",
  '    }',
  `    Add-WebConfigurationProperty -PSPath $root -Filter "$rule/serverVariables" -Name '.' -Value $header`,
  '}',
  `Set-Value "$rule/action" type 'Rewrite'`,
  `Set-Value "$rule/action" url '${scheme}://octopus/{R:0}'`,
];

function server({ name, host, port, drained }: Member, secure: boolean): readonly string[] {
  const path = `"$farm/server[@address='${host}']/applicationRequestRouting"`;
  return [
    `# ${commentText(name)}${drained ? ' (drains)' : ''}`,
    "Add-WebConfigurationProperty -PSPath $root -Filter $farm -Name '.' -Value @{ address = " +
      `${quoted(host)}; enabled = $true }`,
    `Set-Value ${path} ${secure ? 'httpsPort' : 'httpPort'} ${port}`,
  ];
}

/** A farm tells its servers apart by their addresses alone. */
function refuseSharedHosts(members: readonly Member[]): void {
  const twice = members.find((one, i) => members.findIndex(({ host }) => host === one.host) !== i);
  if (twice === undefined) return;
  throw new Failure('usage', `IIS with ARR cannot tell two nodes at ${authority(twice)} apart`, {
    hint: 'Give each node a host name of its own.',
  });
}

/** https://learn.microsoft.com/en-us/powershell/module/microsoft.powershell.core/about/about_quoting_rules */
const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** A time span as Windows writes it: `00:20:00`. */
function clock(total: number): string {
  const part = (value: number) => String(value).padStart(2, '0');
  return [Math.floor(total / 3_600), Math.floor(total / 60) % 60, total % 60].map(part).join(':');
}
