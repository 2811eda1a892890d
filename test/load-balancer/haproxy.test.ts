import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { BalancedNode } from '../../src/load-balancer/balancer.js';
import { haproxy } from '../../src/load-balancer/haproxy.js';
import { renderBalancer } from '../../src/load-balancer/render.js';
import type { SiteWishes } from '../../src/load-balancer/site.js';

const nodes: readonly BalancedNode[] = [
  { name: 'web-2', url: 'https://localhost' },
  { name: 'web-1', url: 'http://10.0.0.1:8080' },
  { name: 'the third', url: 'http://[::1]:8080' },
];

const render = (some = nodes, wishes: SiteWishes = {}) => renderBalancer(haproxy, some, wishes, { origin: 'a test' });
const servers = (text: string) =>
  text
    .split('\n')
    .filter((line) => /^ {4}(server|#) /.test(line))
    .slice(-4);

describe('the configuration of HAProxy', () => {
  test('mixes nodes of http and of https, and addresses of both kinds', () => {
    assert.deepEqual(servers(render()), [
      '    # the third',
      '    server the:20:third [::1]:8080',
      '    server web-1 10.0.0.1:8080',
      '    server web-2 localhost:443 ssl verify required ca-file @system-ca verifyhost localhost sni str(localhost) check-sni localhost',
    ]);
  });

  test('never makes one of two names', () => {
    const names = ['', '::', 'a b', 'a:20:b', 'a_b', 'ü', ':fc:'];
    const text = render(names.map((name, i) => ({ name, url: `http://10.0.0.${i + 1}` })));

    const words = text.split('\n').flatMap((line) => /^ {4}server (\S+)/.exec(line)?.[1] ?? []);
    assert.equal(new Set(words).size, names.length);
  });

  test('knows how long it takes to notice', () => {
    assert.deepEqual(haproxy.timing({ interval: 2_000, fastInterval: 1_000, fall: 3, rise: 2, timeout: 5_000 }), {
      outAfter: 7_000,
      inAfter: 5_000,
    });
  });
});
