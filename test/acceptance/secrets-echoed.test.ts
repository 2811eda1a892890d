import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type BuiltCli, builtCli } from '../support/built-cli.js';
import { selfSigned } from '../support/tds/certificate.js';
import { tdsServer } from '../support/tds-server.js';

const secret = 'Xq7-geheim"\\;$(9)ß';

/** As somebody might find it: as it is, and in the ways in which it is written down on the way. */
const forms = [
  secret,
  secret.replaceAll('"', '""'),
  JSON.stringify(secret).slice(1, -1),
  encodeURIComponent(secret),
  Buffer.from(secret).toString('base64'),
];

const ways = ['', ' -v', ' --json', ' -o yaml -v'];

describe('a server that tells a secret back', () => {
  let cli: BuiltCli;
  before(async () => {
    cli = await builtCli();
  });
  after(() => cli?.[Symbol.asyncDispose]());

  /** The context file, beside which the secret is. */
  async function described(context: object): Promise<void> {
    const path = cli.env['OCTO_HA_CONFIG'] ?? '';
    await writeFile(join(dirname(path), 'secret'), secret, { mode: 0o600 });
    await writeFile(path, JSON.stringify({ current: 'test', contexts: { test: context } }), { mode: 0o600 });
  }
  const place = () => ({ file: join(dirname(cli.env['OCTO_HA_CONFIG'] ?? ''), 'secret') });

  async function untold(line: string, said: RegExp): Promise<void> {
    for (const way of ways) {
      const { code, stdout, stderr } = await cli.run(`${line}${way}`);
      assert.notEqual(code, 0);
      assert.match(`${stdout}${stderr}`, said);
      for (const form of forms) assert.ok(!`${stdout}${stderr}`.includes(form), `${line}${way}: ${stdout}${stderr}`);
    }
  }

  test('as SQL Server, whatever octo-ha does with it: the login is refused', async () => {
    const refused = {
      number: 18_456,
      message: `Login failed for user 'octo', whose password is not ${secret}.`,
      severity: 14,
    };
    await using server = await tdsServer({ certificate: selfSigned(), login: () => [refused] });
    const connection = `Server=localhost,${server.port};Database=Octopus;User ID=octo;TrustServerCertificate=True`;
    await described({ database: { connection, password: place() } });

    await untold('database test', /Login failed|octo/);
    assert.equal(server.logins[0]?.password, secret);
  });

  test('as SQL Server: a statement is refused', async () => {
    const refused = { number: 50_000, message: `nothing for ${secret}`, severity: 16 };
    await using server = await tdsServer({ certificate: selfSigned(), answer: () => refused });
    const connection = `Server=localhost,${server.port};Database=Octopus;User ID=octo;TrustServerCertificate=True`;
    await described({ database: { connection, password: place() } });

    await untold('database test', /nothing for/);
    await untold('doctor database', /nothing for/);
  });
});
