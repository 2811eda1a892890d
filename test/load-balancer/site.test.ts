import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Failure } from '../../src/errors.js';
import { usualHealthCheck } from '../../src/load-balancer/balancer.js';
import { haproxy } from '../../src/load-balancer/haproxy.js';
import { balancers } from '../../src/load-balancer/index.js';
import { renderBalancer } from '../../src/load-balancer/render.js';
import { planOf, type SiteWishes } from '../../src/load-balancer/site.js';
import { identifiers } from '../../src/load-balancer/words.js';
import { everythingOf, plainNodes, secureNodes } from '../support/balanced-site.js';

const usage =
  (...parts: readonly string[]) =>
  (error: unknown) =>
    error instanceof Failure && error.kind === 'usage' && parts.every((part) => error.message.includes(part));

describe('a node', () => {
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
    'http://user:secret@web-1',
    'http://web-1/a b',
    'http://web-1/..;/x',
    'http://web-1/{x}',
    'http://web-1/$x',
    'http://web-1/%0a',
  ]) {
    test(`is refused by its name with ${JSON.stringify(url.slice(0, 30))} as its address`, () => {
      assert.throws(
        () => planOf([{ name: 'x', url }], {}, ''),
        (error) => usage('"x"')(error) && !(error as Failure).message.includes('secret'),
      );
    });
  }

  test('may live in a virtual directory, the same for all of them', () => {
    const plan = planOf([{ name: 'a', url: 'http://a/octopus/' }], {}, '');

    assert.equal(plan.ping, '/octopus/api/octopusservernodes/ping');
    assert.throws(
      () =>
        planOf(
          [
            { name: 'a', url: 'http://a/octopus' },
            { name: 'b', url: 'http://b' },
          ],
          {},
          '',
        ),
      usage('/octopus, /'),
    );
  });
});

describe('wishes', () => {
  const refused: readonly (readonly [SiteWishes, string])[] = [
    [{ host: 'a b' }, 'no host name'],
    [{ host: 'октопус.example' }, 'no host name'],
    [{ hostHeader: 'a:99999' }, 'no port'],
    [{ listen: 'a b:80' }, 'no address to listen on'],
    [{ listen: '10.0.0.9:9:443' }, 'no address to listen on'],
    [{ listen: '[fe80::1::2]:443' }, 'no address to listen on'],
    [{ listen: '*:0' }, 'no port'],
    [{ listen: '70000' }, 'no port'],
    [{ cert: 'a\nb' }, 'cannot be written'],
    [{ cert: '/etc/a"b' }, 'cannot be written'],
    [{ cert: '/etc/$a' }, 'cannot be written'],
    [{ cert: '/etc/%a%' }, 'cannot be written'],
    [{ cert: '-x' }, 'cannot be written'],
    [{ cert: 'C:\\certs\\' }, 'cannot be written'],
    [{ key: '/etc/key.pem' }, 'key without a certificate'],
    [{ ca: '' }, 'cannot be written'],
    [{ proxiesInFront: ['10.0.0.0/8; evil'] }, 'no network'],
    [{ proxiesInFront: ['10.0.0.0/999'] }, 'no network'],
    [{ proxiesInFront: ['10.0.0.0:1/8'] }, 'no network'],
    [{ pollingPorts: ['web-9=10943'] }, 'polling ports'],
    [{ pollingPorts: ['web-1=x'] }, 'no port'],
    [{ pollingPorts: ['web-1=80'] }, 'listened on twice'],
    [{ pollingPorts: ['web-1=10943'], polling: true }, 'not both'],
    [{ targets: ['web-1=a b'] }, 'targets'],
    [{ passThrough: true }, 'not https'],
    [{ webNodes: 'ui-only' }, 'at least one node'],
    [{ interval: 0 }, 'health check'],
    [{ fall: 1_000 }, 'health check'],
  ];
  for (const [wishes, message] of refused) {
    test(`${JSON.stringify(wishes)} are refused`, () => {
      assert.throws(() => planOf(plainNodes, wishes, ''), usage(message));
    });
  }

  test('say which nodes serve the portal and which are polled', () => {
    const names = (wishes: SiteWishes) => planOf(secureNodes, wishes, '').portal?.members.map(({ name }) => name);

    assert.deepEqual(names({}), ['ui', 'web-1', 'web-2']);
    assert.deepEqual(names({ webNodes: 'task' }), ['web-1', 'web-2']);
    assert.deepEqual(names({ webNodes: 'ui-only' }), ['ui']);
    const [polling] = planOf(secureNodes, { polling: true, webNodes: 'ui-only' }, '').streams;
    assert.deepEqual(
      polling?.targets.map(({ member }) => member.name),
      ['web-1', 'web-2'],
    );
    assert.equal(polling?.leavesDrained, false);
  });
});

describe('every product', () => {
  for (const product of balancers.values()) {
    test(`${product.name} renders the same whatever the order of the nodes`, () => {
      for (const { name: format } of product.formats) {
        const render = (nodes = secureNodes) =>
          renderBalancer(product, nodes, everythingOf(product), { format, origin: '' });
        if (format === 'conf.d') continue;

        assert.equal(render([...secureNodes].reverse()), render());
      }
    });

    test(`${product.name} asks the ping of every node, and takes 200 alone`, () => {
      const [{ name: format }] = product.formats;
      const text = renderBalancer(product, plainNodes, {}, { format, origin: '' });

      if (['nginx', 'ingress-nginx', 'gateway-api'].includes(product.name)) {
        assert.match(text, /no active health checks|knows no active/);
        assert.match(text, /10\.0\.0\.3:8080 .*down;|addresses: \["10\.0\.0\.3"\]\s+conditions:\s+ready: false/);
        return;
      }
      assert.ok(text.includes('/api/octopusservernodes/ping'));
      // Azure's and Google's probes take nothing but 200 and cannot be told otherwise.
      if (['azure-lb', 'gcp'].includes(product.name)) return assert.match(text, /Http'|http_health_check/);
      assert.match(
        text,
        /status 200|status: 200|health_status 200|\^200\$|respCode 200|200-200|\[01\] 200|start: 200, end: 201|"200"|\['200'\]/,
      );
    });

    test(`${product.name} sticks no client to a node`, () => {
      const text = renderBalancer(product, plainNodes, {}, { origin: '' });

      assert.doesNotMatch(
        text,
        /ip_hash|hash |stick-table|cookie [a-z]+ insert|sticky:|stickysession|enabled = true|CLIENT_IP|SOURCEIP/,
      );
    });

    test(`${product.name} says why it refuses what it cannot do`, () => {
      for (const reason of Object.values(product.cannot)) assert.match(reason, /^[A-Za-z`][^\n]{8,}[^.]$/);
    });

    test(`${product.name} tells times that hold with slow checks too`, () => {
      const usual = product.timing(usualHealthCheck);
      const slow = product.timing({ ...usualHealthCheck, interval: 30_000, fall: 5 });

      for (const { outAfter, inAfter } of [usual, slow]) assert.ok(outAfter >= 1_000 && inAfter >= 1_000);
      if (!['nginx', 'ingress-nginx', 'gateway-api'].includes(product.name)) assert.ok(slow.outAfter >= 30_000);
    });
  }

  test('refuses a wish by the product, the wish and the reason', () => {
    const apache = balancers.get('apache');
    assert.ok(apache);

    assert.throws(
      () => renderBalancer(apache, plainNodes, { grpc: true }, { origin: '' }),
      usage('Apache cannot pass TCP connections through: mod_proxy balances HTTP only'),
    );
    const nginx = balancers.get('nginx');
    assert.ok(nginx);
    assert.throws(
      () => renderBalancer(nginx, plainNodes, { grpc: true }, { origin: '', format: 'conf.d' }),
      usage('use --format nginx.conf'),
    );
    assert.throws(() => renderBalancer(haproxy, plainNodes, {}, { origin: '', format: 'yaml' }), usage('no format'));
  });

  test('refuses a file where the product has names', () => {
    const alb = balancers.get('aws-alb');
    assert.ok(alb);
    assert.throws(
      () => renderBalancer(alb, plainNodes, { cert: '/etc/cert.pem' }, { origin: '' }),
      usage('AWS Application Load Balancer takes no file for --cert'),
    );
  });

  test('asks for the address of a node where a cloud takes no name', () => {
    const nodes = [{ name: 'web-1', url: 'http://web-1.example.com' }];
    for (const name of ['aws-alb', 'aws-nlb', 'azure-lb', 'gcp', 'ingress-nginx', 'gateway-api']) {
      const product = balancers.get(name);
      assert.ok(product);
      assert.throws(
        () => renderBalancer(product, nodes, {}, { origin: '' }),
        (error) => usage('"web-1"')(error) && (error as Failure).hint?.includes("--targets 'web-1=10.0.0.1'") === true,
      );
      assert.match(renderBalancer(product, nodes, { targets: ['WEB-1=10.0.0.7'] }, { origin: '' }), /10\.0\.0\.7/);
    }
  });
});

describe('identifiers', () => {
  test('keep ordinary names, and make words of all others', () => {
    assert.deepEqual(
      [...identifiers(['web-1', 'OCTO-WEB01', 'a b', ''])],
      [
        ['web-1', 'web-1'],
        ['OCTO-WEB01', 'octo-web01'],
        ['a b', 'node-a-b-10a3f9f2'],
        ['', 'node-811c9dc5'],
      ],
    );
  });

  test('are refused where two would be one', () => {
    assert.throws(() => identifiers(['Web-1', 'web-1']), usage('"Web-1"', '"web-1"'));
    assert.doesNotThrow(() => identifiers(['web-K', 'web-\u212a', 'wеb-k']));
  });
});
