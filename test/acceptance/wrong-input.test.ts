import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { describe, test } from 'node:test';
import { builtCli } from '../support/built-cli.js';
import { selfSigned } from '../support/tds/certificate.js';
import { type TdsServerOptions, tdsServer } from '../support/tds-server.js';

const certificate = selfSigned();
const password = 'S3cret-that-nobody-may-see';

/** What the built command line says when this endpoint is its database. */
async function statusOver(endpoint: TdsServerOptions, more = 'TrustServerCertificate=True') {
  await using server = await tdsServer({ certificate, ...endpoint });
  const connection = `Server=localhost,${server.port};Database=Octopus;User ID=octo_ha;Password=${password};${more}`;
  await using cli = await builtCli({ extra: { OCTO_HA_DATABASE: connection } });
  const [text, json] = [await cli.run('status'), await cli.run('status --json')];
  for (const written of [text.stdout, text.stderr, json.stdout, json.stderr])
    assert.ok(!written.includes(password), written);
  assert.equal(json.code, text.code);
  assert.equal(JSON.parse(json.stdout).error.code, text.code);
  assert.equal(json.stderr, '');
  return { ...text, logins: server.logins.length };
}

/** The answers of a database whose catalogue lists these columns of `dbo.Orders` and nothing else. */
const somethingElse: NonNullable<TdsServerOptions['answer']> = () => [
  [{ table_schema: 'dbo', table_name: 'Orders', column_name: 'Id', data_type: 'int', in_key: 1 }],
  [
    {
      now: new Date(),
      server_name: 'sql1',
      server_version: '16.0.4135.4',
      collation: 'Latin1_General_CI_AS',
      database_name: 'Shop',
      login: 'octo_ha',
      own_exists: 0,
    },
  ],
];

describe('what can be wrong', () => {
  test('the password: exit 9, the user is named and the password is not', async () => {
    const { code, stderr } = await statusOver({
      login: () => [{ number: 18456, message: "Login failed for user 'octo_ha'." }],
    });

    assert.equal(code, 9);
    assert.match(stderr, /error: SQL Server at localhost:\d+ refused the login octo_ha/);
  });

  test('the certificate: exit 9, it is shown with both ways out, and nobody has logged in', async () => {
    const { code, stderr, logins } = await statusOver({}, '');

    assert.equal(code, 9);
    assert.match(stderr, /SHA-256 {2}([0-9A-F]{2}:){31}[0-9A-F]{2}\n/);
    assert.match(stderr, /database\.ca[\s\S]*TrustServerCertificate=True/);
    assert.equal(logins, 0);
  });

  test('the database: exit 2, and what it lacks is named', async () => {
    const { code, stderr } = await statusOver({ answer: somethingElse });

    assert.equal(code, 2, stderr);
    assert.match(
      stderr,
      /Shop is not a database of Octopus Server: it has no table dbo\.OctopusServerNode and no dbo\.ServerTask/,
    );
  });

  test('the address: exit 9, host and port are named', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => closed.once('listening', resolve));
    const { port } = closed.address() as { port: number };
    await new Promise((resolve) => closed.close(resolve));
    await using cli = await builtCli({
      extra: { OCTO_HA_DATABASE: `Server=127.0.0.1,${port};Database=Octopus;User ID=a;Password=b` },
    });

    const { code, stderr } = await cli.run('status --timeout 5s');

    assert.equal(code, 9);
    assert.match(stderr, new RegExp(`127\\.0\\.0\\.1:${port}: the connection was refused`));
  });

  for (const [what, context, message] of [
    ['a bracket', 'contexts:\n  prod: [1, 2\n', /config\.yaml:3:1: /],
    [
      'a key nobody knows',
      'contexts:\n  prod:\n    database: { conection: x }\n',
      /config\.yaml:3:\d+: contexts\.prod\.database/,
    ],
    ['the context', 'current: prod\ncontexts: {}\n', /there is no context prod/],
  ] as const) {
    test(`${what} in the context file: exit 2, with the place`, async () => {
      await using cli = await builtCli({ context });

      const { code, stderr } = await cli.run('status');

      assert.equal(code, 2);
      assert.match(stderr, message);
    });
  }

  test('nothing is chosen: exit 2, and what to do first', async () => {
    await using cli = await builtCli();

    const { code, stderr } = await cli.run('status');

    assert.equal(code, 2);
    assert.match(stderr, /no cluster is chosen\nStart a practice cluster: +octo-ha lab up/);
  });
});
