import { type BalancerProduct, onlyApache, onlyHaproxy, type Plan, type Stream, timingByCounts } from './balancer.js';
import { type ActiveChecks, httpNginx, httpOnly, wholeNginx } from './nginx-directives.js';
import { indented, seconds } from './words.js';

/** https://nginx.org/en/docs/http/ngx_http_upstream_hc_module.html and …/stream/ngx_stream_upstream_hc_module.html */
const checks: ActiveChecks = {
  match: () => [
    '',
    '# A node that drains answers its ping with 418 and gets no more requests.',
    'match octopus_in {',
    '    status 200;',
    '}',
  ],
  http: (plan, reached) => [
    '',
    '# Pings have a location of their own: variables such as $http_host are empty in them, and they wait less long.',
    'location @octopus_ping {',
    ...indented([
      ...reached,
      `proxy_set_header Host ${plan.checkHost};`,
      ...['connect', 'send', 'read'].map((what) => `proxy_${what}_timeout ${timeout(plan)};`),
      // A node is not used before it has passed: mandatory. A reload keeps what is known: persistent.
      `health_check mandatory persistent uri=${plan.ping} match=octopus_in ${counts(plan)};`,
    ]),
    '}',
  ],
  stream: (plan, stream) => [
    ...drains(stream),
    `health_check mandatory persistent ${counts(plan)};`,
    `health_check_timeout ${timeout(plan)};`,
  ],
};

const timeout = ({ health }: Plan): string => `${seconds(health.timeout)}s`;

const counts = ({ health: { interval, fall, rise } }: Plan): string =>
  `interval=${seconds(interval)}s fails=${fall} passes=${rise}`;

const drains = ({ leavesDrained }: Stream): readonly string[] =>
  leavesDrained ? ['# This check opens a connection only: it does not see that a node drains.'] : [];

/**
 * NGINX Plus R25 and later, for persistent in streams: nginx with active checks.
 * https://docs.nginx.com/nginx/admin-guide/load-balancer/http-health-check/ and https://docs.nginx.com/nginx/releases/
 */
export const nginxPlus: BalancerProduct = {
  name: 'nginx-plus',
  title: 'NGINX Plus',
  formats: [
    { name: 'nginx.conf', comment: '#', body: (plan) => wholeNginx(plan, checks) },
    {
      name: 'conf.d',
      comment: '#',
      cannot: httpOnly,
      body: (plan) => (plan.portal === undefined ? [] : httpNginx(plan, plan.portal, checks)),
    },
  ],
  cannot: {
    'nodes of http and https': 'all servers of an upstream are reached the same way',
    socket: onlyHaproxy,
    manager: onlyApache,
  },
  limits: ['Checks of passed-through connections only open one: they do not see that a node drains.'],
  noticesDrain: true,
  timing: (health) => timingByCounts({ ...health, interval: seconds(health.interval) * 1_000 }),
  test: (file) => ['nginx', '-t', '-c', file],
  reload: ['nginx', '-s', 'reload'],
};
