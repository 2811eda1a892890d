import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { Failure } from '../../src/errors.js';
import { Desk } from '../support/desk.js';
import { matchesSchema } from '../support/schemas.js';

const bare = 'Server=sql1;Database=Octopus;User ID=octo_ha';
const secret = 'Gehe;im "42"';
const withSecret = `Server=sql1;Database=Octopus;User ID=octo_ha;Password="${secret.replaceAll('"', '""')}";Encrypt=Strict`;
const add = (...words: string[]) => ['context', 'add', 'prod', ...words];
const entry = 'prod: Octopus on sql1:1433 as octo_ha';

describe('context add', () => {
  for (const [what, flags, password] of [
    ['the environment', ['--password-env', 'OCTO_SQL'], { env: 'OCTO_SQL' }],
    ['a file, by its whole path', ['--password-file', 'pw'], { file: '/here/pw' }],
    ['a command', ['--password-command', 'pass', '--password-command', 'sql'], { command: ['pass', 'sql'] }],
    ['a question', ['--password-prompt'], { prompt: true }],
    ['nowhere, so that it is asked for', [], { prompt: true }],
  ] as const) {
    test(`names the place of the password: ${what}`, async () => {
      const desk = new Desk();

      const { code, stdout } = await desk.run(add('--connection', bare, ...flags));

      assert.equal(code, 0);
      assert.match(stdout, /^prod is Octopus on sql1:1433 as octo_ha\n/);
      const { current, contexts } = parse(desk.file);
      assert.equal(current, 'prod');
      assert.deepEqual(contexts.prod.database, {
        connection: bare,
        password,
        placement: 'separate',
        engine: 'sql-server',
        own: 'OctopusHA',
      });
    });
  }

  test('asks for the connection string and puts its password into the keyring, after asking', async () => {
    const desk = new Desk();

    const { code, stdout, stderr, asked } = await desk.run(add(), { answers: [withSecret, 'y'] });

    assert.equal(code, 0, stderr);
    assert.match(asked.join('\n'), /not shown[\s\S]*keyring/);
    assert.deepEqual([...desk.kept], [[JSON.stringify({ keyring: entry }), secret]]);
    const { database } = parse(desk.file).contexts.prod;
    assert.equal(database.connection, `${bare};Encrypt=Strict`);
    assert.deepEqual(database.password, { keyring: entry });
    for (const written of [stdout, stderr, desk.file]) assert.ok(!written.includes('Gehe'), written);
  });

  test('offers a file where the keyring is not wanted, and refuses where neither is', async () => {
    const desk = new Desk();

    const refused = await desk.run(add(), { answers: [withSecret, 'n', 'n'] });
    assert.equal(refused.code, 3);
    assert.match(refused.stderr, /the context file keeps none[\s\S]*--password-keyring/);
    assert.deepEqual([desk.file, desk.kept.size], ['', 0]);

    const kept = await desk.run(add(), { answers: [withSecret, 'n', 'y'] });
    assert.equal(kept.code, 0);
    assert.deepEqual([...desk.kept], [[JSON.stringify({ file: '/home/anna/prod.password' }), secret]]);
  });

  test('with nobody to ask refuses a password in the connection string, or keeps it where the flag says', async () => {
    const desk = new Desk();

    const refused = await desk.run(add('--connection', withSecret));
    assert.equal(refused.code, 3);
    assert.equal(desk.file, '');
    const elsewhere = await desk.run(add('--connection', withSecret, '--password-env', 'X'));
    assert.equal(elsewhere.code, 2);
    assert.match(elsewhere.stderr, /holds a password, and another place is named/);

    const kept = await desk.run(add('--connection', withSecret, '--password-file', '/safe/pw'));
    assert.equal(kept.code, 0);
    assert.match(kept.stderr, /warning: the password stood in the command line/);
    assert.deepEqual([...desk.kept], [[JSON.stringify({ file: '/safe/pw' }), secret]]);
  });

  test('writes nothing where there is no keyring', async () => {
    const desk = new Desk();
    desk.keyringTrouble = new Failure('usage', 'the keyring of this machine cannot be used');

    const { code, stderr } = await desk.run(add('--connection', withSecret, '--password-keyring'));

    assert.equal(code, 2);
    assert.match(stderr, /the keyring of this machine cannot be used/);
    assert.equal(desk.file, '');
  });

  test('replaces a context only when told to, and keeps the selection and the comments', async () => {
    const desk = new Desk(
      '# ours\ncurrent: test\ncontexts:\n  test:\n    database: { connection: x }\n  prod:\n    database: { connection: y }\n',
    );

    assert.equal((await desk.run(add('--connection', bare))).code, 2);
    assert.equal((await desk.run(add('--connection', bare, '--replace', '--dry-run'))).code, 0);
    assert.equal(parse(desk.file).contexts.prod.database.connection, 'y');
    const { stdout } = await desk.run(add('--connection', bare, '--replace'));

    assert.match(stdout, /octo-ha database test --context prod/);
    assert.match(desk.file, /^# ours/);
    assert.equal(parse(desk.file).current, 'test');
    assert.equal(parse(desk.file).contexts.prod.database.connection, bare);
  });

  for (const [what, words] of [
    ['a database name that is none', ['--connection', bare, '--own', 'a;b']],
    ['an address without a scheme', ['--connection', bare, '--node-url', 'web-1']],
    ['two places', ['--connection', bare, '--password-prompt', '--password-env', 'X']],
    ['a connection string without a server', ['--connection', 'Database=Octopus']],
    ['no connection string, and nobody to ask', []],
  ] as const) {
    test(`refuses ${what}`, async () => {
      const desk = new Desk();

      assert.equal((await desk.run(add(...words))).code, 2);
      assert.equal(desk.file, '');
    });
  }
});

describe('the contexts of a machine', () => {
  const two = `current: prod\ncontexts:\n  prod:\n    database: { connection: '${bare}', password: { keyring: '${entry}' } }\n  lab:\n    database: { engine: sqlite, directory: /lab }\n`;

  test('are listed, selected and forgotten', async () => {
    const desk = new Desk(two);
    await desk.keep({ keyring: entry }, secret);

    assert.match(
      (await desk.run(['context', 'list'])).stdout,
      /^\* +prod +Octopus on sql1:1433 as octo_ha\n +lab +\/lab$/m,
    );
    assert.equal((await desk.run(['context', 'list', '-o', 'name'])).stdout, 'prod\nlab');
    await matchesSchema('context-list', (await desk.run(['context', 'list', '--json'])).stdout);
    assert.equal((await desk.run(['context', 'use', 'lab'])).code, 0);
    assert.equal(parse(desk.file).current, 'lab');
    assert.equal((await desk.run(['context', 'remove', 'prod'])).code, 0);
    assert.deepEqual(Object.keys(parse(desk.file).contexts), ['lab']);
    assert.equal(desk.kept.size, 0, 'its entry of the keyring is gone too');
  });

  test('are not guessed', async () => {
    const desk = new Desk(two);

    for (const verb of ['use', 'remove']) {
      const { code, stderr } = await desk.run(['context', verb, 'prdo']);
      assert.equal(code, 2);
      assert.match(stderr, /there is no context prdo\nDid you mean prod\?/);
    }
    assert.equal(desk.file, two);
  });
});

describe('config show', () => {
  const text = `contexts:\n  prod:\n    database:\n      connection: ${withSecret}\n      own: Ours\n`;
  const valuesOf = async (words: readonly string[], environment = {}) => {
    const { stdout, code } = await new Desk(text).run(['config', 'show', '--json', ...words], { environment });
    assert.equal(code, 0, stdout);
    assert.ok(!stdout.includes('Gehe'), stdout);
    const { values } = (await matchesSchema('config-show', stdout)) as {
      values: { key: string; value: unknown; source: string }[];
    };
    return new Map(values.map(({ key, value, source }) => [key, `${value} (${source})`]));
  };

  test('tells for each value where it comes from, and masks secrets', async () => {
    const values = await valuesOf(['--timeout', '5s'], { OCTO_HA_CONTEXT: 'prod', OCTO_HA_WAIT_LEASE: '2m' });

    assert.equal(values.get('timeout'), '5000 (flag)');
    assert.equal(values.get('context'), 'prod (environment)');
    assert.equal(values.get('waitLease'), '120000 (environment)');
    assert.equal(values.get('deadline'), 'null (default)');
    assert.equal(values.get('database.own'), 'Ours (file)');
    assert.equal(values.get('database.placement'), 'separate (default)');
    assert.equal(values.get('database.connection'), `${bare};Encrypt=Strict;Password=*** (file)`);
  });

  test('a flag goes before the environment', async () => {
    const values = await valuesOf(['-c', 'prod', '--timeout', '5s'], { OCTO_HA_CONTEXT: 'x', OCTO_HA_TIMEOUT: '9s' });

    assert.deepEqual([values.get('context'), values.get('timeout')], ['prod (flag)', '5000 (flag)']);
  });

  test('what is wrong in the environment is told by its variable', async () => {
    const environment = { OCTO_HA_TIMEOUT: 'soon' };

    const { code, stderr } = await new Desk(text).run(['config', 'show'], { environment });

    assert.equal(code, 2);
    assert.match(stderr, /OCTO_HA_TIMEOUT: soon is no duration/);
  });
});

describe('config validate', () => {
  for (const [what, text, message] of [
    ['a selected context that is not there', 'current: prd\ncontexts: {}\n', /config\.yaml:1:10: current: there is no/],
    ['a key nobody knows', 'contexts:\n  p:\n    databse: {}\n', /config\.yaml:3:5: contexts\.p/],
    [
      'a connection string',
      'contexts:\n  p:\n    database: { connection: "Sever=x" }\n',
      /contexts\.p\.database\.connection: Sever is no keyword/,
    ],
  ] as const) {
    test(`finds ${what}`, async () => {
      const { code, stderr } = await new Desk(text).run(['config', 'validate']);

      assert.equal(code, 2);
      assert.match(stderr, message);
    });
  }

  test('takes a file with the comment of an editor, and warns of a password', async () => {
    const desk = new Desk(
      `# yaml-language-server: $schema=./context-file.schema.json\ncontexts:\n  p:\n    database: { connection: '${withSecret}' }\n`,
    );

    const { code, stdout, stderr } = await desk.run(['config', 'validate']);

    assert.equal(code, 0);
    assert.match(stdout, /is valid: 1 context$/);
    assert.match(stderr, /warning: contexts\.p\.database\.connection holds a password/);
    assert.ok(!stderr.includes('Gehe'));
  });
});
