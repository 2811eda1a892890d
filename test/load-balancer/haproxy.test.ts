import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { findProgram } from '../../src/adapters/find-program.js';
import { Failure } from '../../src/errors.js';
import { type Site, usualHealthCheck } from '../../src/load-balancer/balancer.js';
import { haproxy } from '../../src/load-balancer/haproxy.js';
import { balancers } from '../../src/load-balancer/index.js';

const site: Site = {
  nodes: [
    { name: 'web-2', url: 'https://localhost' },
    { name: 'web-1', url: 'http://10.0.0.1:8080' },
    { name: 'the third', url: 'http://[::1]:8080' },
  ],
  listen: { address: '*', port: 8443 },
  health: usualHealthCheck,
  origin: 'octo-ha 1.2.3: octo-ha lb render haproxy',
};

const program = await findProgram('haproxy');

function accepts(text: string): Promise<string | true> {
  return withFile(text, (path) => {
    const { status, stdout, stderr } = spawnSync(program ?? '', ['-c', '-f', path], { encoding: 'utf8' });
    return status === 0 || `${stdout}${stderr}`;
  });
}

async function withFile<T>(text: string, use: (path: string) => T): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'octo-ha-test-'));
  try {
    await writeFile(join(directory, 'haproxy.cfg'), text);
    return use(join(directory, 'haproxy.cfg'));
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** Lines that HAProxy reads. */
const statements = (text: string) => text.split('\n').filter((line) => !/^\s*(#|$)/.test(line));

describe('the configuration of HAProxy', () => {
  test('is the one that is kept', async () => {
    const golden = new URL('./golden/haproxy.cfg', import.meta.url);
    if (process.env['OCTO_HA_TEST_UPDATE'] !== undefined) await writeFile(golden, haproxy.render(site));

    assert.equal(haproxy.render(site), await readFile(golden, 'utf8'));
  });

  test('does not depend on the order of the nodes', () => {
    assert.equal(haproxy.render({ ...site, nodes: [...site.nodes].reverse() }), haproxy.render(site));
  });

  test('is found by its name', () => assert.equal(balancers.get('haproxy'), haproxy));

  test('is accepted by HAProxy itself', { skip: program === undefined && 'haproxy is not installed' }, async () => {
    assert.equal(await accepts(haproxy.render(site)), true);
  });

  test('is accepted with any names', { skip: program === undefined && 'haproxy is not installed' }, async () => {
    const names = [
      'a b',
      '#',
      '"',
      "'",
      '\\',
      '$HOME',
      '\u0024{HOME}',
      '%[src]',
      '\n',
      'ü',
      '😀',
      'x'.repeat(200),
      ':',
      '-f',
    ];
    const nodes = names.map((name, i) => ({ name, url: `http://10.0.0.${i + 1}` }));

    assert.equal(await accepts(haproxy.render({ ...site, nodes })), true);
  });

  test('holds no name that breaks out of its place, and no two names that become one', () => {
    const name = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.string({ unit: 'binary' }),
      fc.constantFrom('', 'a b', 'a:20:b'),
    );
    const ordinary = statements(haproxy.render({ ...site, nodes: [{ name: 'web-1', url: 'http://10.0.0.1' }] }));
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 5 }), name, (names, origin) => {
        const nodes = names.map((name) => ({ name, url: 'http://10.0.0.1' }));

        const lines = statements(haproxy.render({ ...site, nodes, origin }));

        const servers = lines.filter((line) => line.startsWith('    server '));
        assert.deepEqual(lines.slice(0, -names.length), ordinary.slice(0, -1));
        assert.equal(servers.length, names.length);
        for (const server of servers) assert.match(server, /^ {4}server [A-Za-z0-9._:-]+ 10\.0\.0\.1:80$/);
        assert.equal(new Set(servers).size, names.length);
      }),
    );
  });

  for (const url of [
    'web-1',
    'ftp://web-1',
    "http://a'b",
    'http://a"b',
    'http://$HOME',
    'http://a{b}',
    'http://a;b',
    'http://a:0',
    'http://a b',
    `http://${'a'.repeat(300)}`,
  ]) {
    test(`refuses ${JSON.stringify(url.slice(0, 20))} as an address`, () => {
      assert.throws(
        () => haproxy.render({ ...site, nodes: [{ name: 'x', url }] }),
        (error) => error instanceof Failure && error.kind === 'usage' && error.message.includes('"x"'),
      );
    });
  }

  test('quotes paths, and refuses those that cannot be', () => {
    const rendered = haproxy.render({ ...site, listen: { ...site.listen, certificate: '/etc/a "b" $c\\d.pem' } });

    assert.match(rendered, /bind \*:8443 ssl crt "\/etc\/a \\"b\\" \\\$c\\\\d\.pem"\n/);
    assert.throws(() => haproxy.render({ ...site, ca: 'a\nb' }), Failure);
  });

  test('refuses a site without nodes, and an address that is none', () => {
    assert.throws(() => haproxy.render({ ...site, nodes: [] }), Failure);
    for (const listen of [
      { address: 'a b', port: 80 },
      { address: '*', port: 0 },
      { address: '*', port: 70_000 },
    ]) {
      assert.throws(() => haproxy.render({ ...site, listen }), Failure);
    }
  });

  test('knows how long it takes to notice', () => {
    assert.deepEqual(haproxy.timing({ interval: 2_000, fastInterval: 1_000, fall: 3, rise: 2, timeout: 5_000 }), {
      outAfter: 7_000,
      inAfter: 5_000,
    });
  });
});
