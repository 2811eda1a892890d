import { type BalancerProduct, onlyApache, onlyHaproxy } from './balancer.js';
import { httpNginx, httpOnly, wholeNginx } from './nginx-directives.js';

/**
 * nginx open source 1.19 and later. It asks no pings: active checks are NGINX Plus'
 * (https://nginx.org/en/docs/http/ngx_http_upstream_hc_module.html), so a node that drains is written as `down` and
 * the file is loaded again. https://nginx.org/en/docs/http/ngx_http_upstream_module.html
 */
export const nginx: BalancerProduct = {
  name: 'nginx',
  title: 'nginx',
  formats: [
    { name: 'nginx.conf', comment: '#', body: (plan) => wholeNginx(plan, undefined) },
    {
      name: 'conf.d',
      comment: '#',
      cannot: httpOnly,
      body: (plan) => (plan.portal === undefined ? [] : httpNginx(plan, plan.portal, undefined)),
    },
  ],
  cannot: {
    'nodes of http and https': 'all servers of an upstream are reached the same way',
    socket: onlyHaproxy,
    manager: onlyApache,
  },
  limits: [
    'nginx has no active health checks (NGINX Plus has): it does not see that a node drains. Draining nodes are written ' +
      'as down, so this file must be rendered and loaded again at every drain and undrain.',
    'A node that dies is left after its first failed request, which is repeated on another node unless it was a POST.',
    'Names of nodes are looked up once, when nginx starts.',
  ],
  noticesDrain: false,
  // Loading it again takes effect at once: there is nothing to wait for but the reload itself.
  timing: () => ({ outAfter: 1_000, inAfter: 1_000 }),
  test: (file) => ['nginx', '-t', '-c', file],
  reload: ['nginx', '-s', 'reload'],
};
