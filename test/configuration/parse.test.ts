import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parse } from 'yaml';
import { withContext, withoutContext } from '../../src/configuration/edit.js';
import { parseConfiguration } from '../../src/configuration/parse.js';
import { Failure } from '../../src/errors.js';

const failure = (text: string): Failure => {
  try {
    parseConfiguration(text, 'config.yaml');
  } catch (error) {
    assert.ok(error instanceof Failure, String(error));
    return error;
  }
  return assert.fail('it was accepted');
};

describe('the context file', () => {
  test('is read with its defaults', () => {
    const text = 'current: prod\ncontexts:\n  prod:\n    database:\n      connection: Server=sql;Database=Octopus\n';

    assert.deepEqual(parseConfiguration(text, 'config.yaml'), {
      current: 'prod',
      contexts: {
        prod: {
          database: {
            engine: 'sql-server',
            connection: 'Server=sql;Database=Octopus',
            placement: 'separate',
            own: 'OctopusHA',
          },
        },
      },
    });
  });

  test('names where the key of the API is, and whether changes go that way', () => {
    const api = { url: 'https://octopus.example/virtual', key: { command: ['pass', 'octopus'] }, prefer: true };
    const text = `contexts: {p: {database: {connection: x}, api: ${JSON.stringify(api)}}}`;

    assert.deepEqual(parseConfiguration(text, 'config.yaml').contexts['p']?.api, api);
  });

  test('describes the load balancer, with times and sizes as people write them', () => {
    const text = (lb: string) => `contexts:\n  p:\n    database: {connection: x}\n    lb: ${lb}\n`;
    const lb = (some: string) => parseConfiguration(text(some), 'config.yaml').contexts['p']?.lb;

    assert.deepEqual(lb('{type: nginx, maxBody: 5GB, requestTimeout: 20m, interval: 500ms, fall: 3}'), {
      type: 'nginx',
      maxBody: 5 * 1024 ** 3,
      requestTimeout: 1_200_000,
      interval: 500,
      fall: 3,
    });
    assert.deepEqual(
      lb('{type: nginx, onChange: {file: /a, test: [nginx, -t], reload: [nginx, -s, reload]}}')?.onChange,
      {
        file: '/a',
        test: ['nginx', '-t'],
        reload: ['nginx', '-s', 'reload'],
      },
    );
    assert.deepEqual(lb('{type: haproxy, onChange: {haproxySocket: /a.sock}}')?.onChange, { haproxySocket: '/a.sock' });
    assert.match(failure(text('{type: nginx, maxBody: lots}')).message, /lb\.maxBody: is written like 5GB/);
    assert.match(failure(text('{type: nginx, requestTimeout: 20}')).message, /lb\.requestTimeout/);
    assert.match(failure(text('{type: nginx, hots: x}')).message, /contexts\.p\.lb: does not know hots/);
    assert.match(
      failure(text('{type: nginx, onChange: {file: /a, reload: nginx -s reload}}')).message,
      /onChange\.reload/,
    );
  });

  test('may be empty', () => {
    assert.deepEqual(parseConfiguration('', 'config.yaml'), { contexts: {} });
    assert.deepEqual(parseConfiguration('# nothing yet\n', 'config.yaml'), { contexts: {} });
  });

  for (const [what, text, message] of [
    ['broken YAML', 'contexts:\n  prod: [1, 2\n', /^config\.yaml:3:1: /],
    ['a key twice', 'current: a\ncurrent: b\n', /^config\.yaml:2:1: .*unique/],
    ['an unknown key', 'current: a\ncolour: red\n', /^config\.yaml:1:1: the file: does not know colour/],
    [
      'a misspelt key deep inside',
      'contexts:\n  prod:\n    database:\n      conection: x\n',
      /^config\.yaml:4:7: contexts\.prod\.database/,
    ],
    ['a list where a context belongs', 'contexts:\n  prod: [1]\n', /^config\.yaml:2:9: contexts\.prod: /],
    [
      'an address that is none',
      'contexts:\n  p:\n    database: {connection: x}\n    nodeUrl: web-1\n',
      /^config\.yaml:4:14: contexts\.p\.nodeUrl/,
    ],
    [
      'a log-in in the address of the API',
      'contexts:\n  p:\n    database: {connection: x}\n    api: {url: "https://me:secret@octopus", key: {env: K}}\n',
      /^config\.yaml:4:16: contexts\.p\.api\.url/,
    ],
    [
      'an API key in the file itself',
      'contexts:\n  p:\n    database: {connection: x}\n    api: {url: "https://octopus", key: API-X}\n',
      /^config\.yaml:4:40: contexts\.p\.api\.key/,
    ],
    [
      'a number where text belongs, beside a right engine',
      'contexts:\n  p:\n    database: {engine: sql-server, connection: 5, placement: somewhere}\n',
      /^config\.yaml:3:48: contexts\.p\.database\.connection: must be text$/,
    ],
    [
      'a word that is none of a few',
      'contexts:\n  p:\n    database: {connection: x, placement: somewhere}\n',
      /^config\.yaml:3:42: contexts\.p\.database\.placement: must be separate or octopus$/,
    ],
    [
      'an engine that there is not',
      'contexts:\n  p:\n    database: {engine: oracle, connection: x}\n',
      /^config\.yaml:3:24: contexts\.p\.database\.engine: must be sqlite or sql-server$/,
    ],
    [
      'what is missing',
      'contexts:\n  p:\n    database: {engine: sqlite}\n',
      /^config\.yaml:3:15: contexts\.p\.database\.directory: is missing$/,
    ],
    [
      'what is empty',
      'contexts:\n  p:\n    database: {connection: ""}\n',
      /^config\.yaml:3:28: contexts\.p\.database\.connection: must not be empty$/,
    ],
    [
      'a port that is none',
      'contexts:\n  p:\n    database: {connection: x}\n    ssh: {port: 70000}\n',
      /^config\.yaml:4:17: contexts\.p\.ssh\.port: must be at most 65535$/,
    ],
    [
      'a word where a switch belongs',
      'contexts:\n  p:\n    database: {connection: x}\n    ssh: {sudo: perhaps}\n',
      /^config\.yaml:4:17: contexts\.p\.ssh\.sudo: must be true or false$/,
    ],
    [
      'a web address without its scheme',
      'contexts:\n  p:\n    database: {connection: x}\n    balancerUrl: octopus.corp\n',
      /^config\.yaml:4:18: contexts\.p\.balancerUrl: must match \^https\?:/,
    ],
  ] as const) {
    test(`${what} is told with line and column`, () => {
      const { kind, message: told } = failure(text);

      assert.equal(kind, 'usage');
      assert.match(told, message);
    });
  }

  test('takes any text without falling over', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          parseConfiguration(text, 'config.yaml');
        } catch (error) {
          assert.ok(error instanceof Failure, String(error));
        }
      }),
    );
  });
});

describe('editing the context file', () => {
  const lab = { database: { engine: 'sqlite', directory: '/lab' } } as const;

  test('keeps comments and other contexts', () => {
    const text = '# mine\ncurrent: prod\ncontexts:\n  # do not touch\n  prod:\n    database: {connection: x}\n';

    const added = withContext(text, 'lab', lab, { select: false });

    assert.match(added, /# mine[\s\S]*# do not touch/);
    assert.deepEqual(parse(added), { current: 'prod', contexts: { prod: { database: { connection: 'x' } }, lab } });
    assert.deepEqual(parse(withoutContext(added, 'lab')), parse(text));
  });

  test('begins a new file and selects what it adds', () => {
    const text = withContext('', 'lab', lab, { select: true });

    assert.deepEqual(parse(text), { contexts: { lab }, current: 'lab' });
    assert.equal(parse(withoutContext(text, 'lab')).current, undefined);
  });

  test('refuses the one name that would vanish', () => {
    const text = 'contexts:\n  __proto__: { database: { engine: sqlite, directory: x } }\n';
    assert.throws(() => parseConfiguration(text, 'config.yaml'), {
      message: 'config.yaml:2:3: nothing can be called __proto__',
    });
  });

  test('keeps any other name whole', () => {
    const anyName = fc.string({ minLength: 1 }).filter((name) => name !== '__proto__');
    fc.assert(
      fc.property(anyName, fc.string({ minLength: 1 }), (name, directory) => {
        const context = { database: { engine: 'sqlite', directory } } as const;
        const parsed = parseConfiguration(withContext('', name, context, { select: true }), 'config.yaml');
        assert.equal(parsed.current, name);
        assert.deepEqual(Object.entries(parsed.contexts), [[name, context]]);
      }),
    );
  });
});
