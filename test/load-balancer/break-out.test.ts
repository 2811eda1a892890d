import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Failure } from '../../src/errors.js';
import type { BalancedNode, BalancerFormat, BalancerProduct } from '../../src/load-balancer/balancer.js';
import { haproxyServer } from '../../src/load-balancer/haproxy.js';
import { balancers } from '../../src/load-balancer/index.js';
import { renderBalancer } from '../../src/load-balancer/render.js';
import { planOf, type SiteWishes } from '../../src/load-balancer/site.js';
import { identifiers } from '../../src/load-balancer/words.js';
import { everythingOf, secureNodes } from '../support/balanced-site.js';
import { type Tokens, tokensOf } from '../support/tokens.js';

/** What has a meaning somewhere, and what looks like it. */
const nasty = fc.constantFrom(
  ...[
    '"',
    "'",
    '`',
    '\\',
    '\n',
    '\r\n',
    '{',
    '}',
    '$',
    '\u0024{x}',
    '\u0024{',
    '%{',
    '%',
    '%[src]',
    '{$HOME}',
    ';',
    '#',
    ' ',
    '\t',
  ],
  ...[
    '//',
    '/*',
    '*/',
    '<#',
    '#>',
    '</Proxy>',
    '<',
    '>',
    '(',
    ')',
    '[',
    ']',
    '=',
    ':',
    ',',
    '|',
    '&',
    '!',
    '@',
    '*',
    '?',
  ],
  ...[
    '---',
    '- ',
    ': ',
    '\u2028',
    '\u0085',
    '\u0000',
    '\u007f',
    '＂',
    '；',
    '＄',
    'ｗｅｂ',
    'а',
    '‮',
    '😀',
    'ü',
    '.',
    '/',
    '-',
    '_',
  ],
);
const text = fc
  .array(fc.oneof({ weight: 3, arbitrary: nasty }, { weight: 2, arbitrary: fc.stringMatching(/^[A-Za-z0-9]{1,6}$/) }), {
    maxLength: 12,
  })
  .map((parts) => parts.join(''));
const name = fc.oneof(text, fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }));

/** Words that mean something where they are not quoted. */
const reserved = fc.constantFrom(
  'null',
  'true',
  'no',
  'on',
  'y',
  'name',
  'key',
  'if',
  'param',
  'resource',
  'server',
  '1e3',
);

const formats: readonly (readonly [string, BalancerProduct, BalancerFormat])[] = [...balancers.values()].flatMap(
  (product) => product.formats.map((format) => [`${product.name}.${format.name}`, product, format] as const),
);

/** The tokens, without what only a person reads. */
function tokens(id: string, rendered: string): Tokens {
  const found = (tokensOf[id] ?? assert.fail(id))(rendered);
  return found.map((token, i) => (found[i - 2] === 'remark' ? remark(token) : token));
}

/** What a product calls each node, in the order of the nodes. */
const wordsOf = (id: string, nodes: readonly BalancedNode[]): readonly string[] => {
  const names = nodes.map(({ name }) => name);
  return id.startsWith('haproxy') ? names.map(haproxyServer) : [...identifiers(names).values()];
};

/** Two configurations differ in what the nodes are called, and in nothing else. */
function differInNodesOnly(
  id: string,
  nodes: readonly BalancedNode[],
  rendered: string,
  plain: readonly BalancedNode[],
  ordinary: string,
) {
  const [found, expected] = [tokens(id, rendered), tokens(id, ordinary)];
  const pairs = wordsOf(id, nodes).map((word, i) => [word, wordsOf(id, plain)[i] ?? ''] as const);
  assert.equal(found.length, expected.length);
  for (const [i, token] of found.entries()) {
    const other = expected[i] ?? '';
    const called = pairs.some(([word, plainWord]) => {
      const [, before = '', after = ''] = /^(octopus-)?plain\d(:\d+)?$/.exec(other) ?? [];
      return token === `${before}${word}${after}` && other === `${before}${plainWord}${after}`;
    });
    assert.ok(token === other || called, `${JSON.stringify(token)} in the place of ${JSON.stringify(other)}`);
  }
}

/** F5's remarks are the only place that a name reaches as it is. */
function remark(token: string): string {
  assert.match(token, /^[\x20-\x7e]{1,64}$/);
  assert.doesNotMatch(token, /["\\<>]/);
  return '<remark>';
}

const usual = { numRuns: 60 } as const;

describe('nothing breaks out of its place', () => {
  test('and every format is read', () => {
    assert.deepEqual(Object.keys(tokensOf).toSorted(), formats.map(([id]) => id).toSorted());
  });

  for (const [id, product, format] of formats) {
    const render = (nodes: readonly BalancedNode[], wishes: SiteWishes, origin = '') =>
      renderBalancer(product, nodes, wishes, { format: format.name, origin });
    const everything = { ...everythingOf(product, format), pollingPorts: undefined };
    const nodesNamed = (names: readonly string[]) =>
      [...names]
        .sort((a, b) => (a < b ? -1 : 1))
        .map((name, i) => ({ name, url: `https://10.0.0.${i + 1}`, drained: i === 1 }));

    test(`of ${id}: names of nodes and the command line`, () => {
      fc.assert(
        fc.property(
          fc.uniqueArray(fc.oneof({ weight: 4, arbitrary: name }, { weight: 1, arbitrary: reserved }), {
            minLength: 2,
            maxLength: 4,
          }),
          name,
          (names, origin) => {
            const nodes = nodesNamed(names);
            const ordinary = nodesNamed(names.map((_, i) => `plain${i}`));

            const rendered = orRefused(() => render(nodes, everything, origin));

            if (rendered === undefined) return;
            differInNodesOnly(id, nodes, rendered, ordinary, render(ordinary, everything));
          },
        ),
        usual,
      );
    });

    const fields = Object.keys(everything).filter((field) =>
      ['host', 'cert', 'key', 'ca', 'backendName', 'hostHeader', 'listen', 'socket'].includes(field),
    ) as readonly (keyof SiteWishes)[];
    for (const field of fields) {
      test(`of ${id}: ${field}`, () => {
        const before = String(everything[field]);
        const reference = tokens(id, render(secureNodes, everything));
        fc.assert(
          fc.property(fc.oneof(acceptable(before), text), (value) => {
            const rendered = orRefused(() => render(secureNodes, { ...everything, [field]: value }));

            // A port alone is another wish: every address. One of IPv6 stands in brackets.
            if (rendered === undefined || (field === 'listen' && !/^[^*:]+:\d+$/.test(value))) return;
            const found = tokens(id, rendered);
            assert.equal(found.length, reference.length, value);
            for (const [i, token] of reference.entries()) {
              if (token === found[i]) continue;
              assert.ok(holds(token, before) && holds(found[i] ?? '', value), `${token} became ${found[i]}`);
            }
          }),
          usual,
        );
      });
    }

    test(`of ${id}: a node's address`, () => {
      fc.assert(
        fc.property(text, (part) => {
          for (const url of [`https://${part}`, `https://10.0.0.1/${part}`, `https://web${part}.example.com`]) {
            const nodes = [{ name: 'plain0', url }];
            const rendered = orRefused(() => render(nodes, { ...everything, hostHeader: undefined }));
            if (rendered === undefined) continue;
            const { host, port } = planOf(nodes, {}, '').portal?.members[0] ?? assert.fail(url);
            const { ping } = planOf(nodes, {}, '');
            const other = [
              { name: 'plain0', url: `https://${isName(host) ? 'host.example.com' : '10.9.8.7'}:${port}` },
            ];
            const ordinary = tokens(id, render(other, { ...everything, hostHeader: undefined }));

            assert.equal(tokens(id, rendered).length, ordinary.length, url);
            assert.match(`${host}${ping}`, /^[A-Za-z0-9._:/~-]+$/);
          }
        }),
        usual,
      );
    });
  }
});

const isName = (host: string): boolean => !/^[\d.]+$|:/.test(host);

/** What a usage failure refuses is refused in time; anything else is a defect. */
function orRefused(make: () => string): string | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof Failure && error.kind === 'usage') return undefined;
    throw error;
  }
}

/** Values near an accepted one, so that not all are refused. */
const acceptable = (value: string): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.nat(value.length),
      fc.array(fc.constantFrom(...' _./\\:@+=,~()-aZ9'), { maxLength: 6 }).map((parts) => parts.join('')),
    )
    .map(([at, part]) => `${value.slice(0, at)}${part}${value.slice(at)}`);

/** A value, or what a product makes of it: a host without its port, an address or a port alone. */
const holds = (token: string, value: string): boolean =>
  value.split(/:(?=\d+$)/).some((part) => token.includes(part)) || token.includes(value.replaceAll('\\', ''));
