import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseConnectionString } from '../../../src/adapters/sql-server/connection-string.js';
import { keyValuePairs } from '../../../src/adapters/sql-server/key-value-pairs.js';
import { buildConnection, type LoginKind, loginKinds } from '../../../src/setup/init/build-connection.js';
import { withPassword } from '../../../src/setup/node/connection.js';

describe('a connection string', () => {
  test('takes any password, and gives it back as it was', () => {
    const secret = fc.string({ unit: 'binary', minLength: 1 });
    fc.assert(
      fc.property(secret, fc.constantFrom('', ';', ' ; '), (password, end) => {
        const text = withPassword(`Server=sql1;Database=Octopus;User ID=octo${end}`, password);

        assert.deepEqual(keyValuePairs(text).at(-1), { keyword: 'Password', value: password });
        assert.equal(keyValuePairs(text).length, 4);
      }),
    );
  });

  test('is built from any words, and says nothing else than they do', () => {
    const word = fc.string({ minLength: 1 }).filter((text) => text.trim() === text);
    fc.assert(
      fc.property(word, word, (database, user) => {
        const text = buildConnection({ server: 'sql1,1444', database, login: 'sql', user });

        assert.deepEqual(
          keyValuePairs(text).map(({ value }) => value),
          ['sql1,1444', database, user],
        );
      }),
    );
  });

  for (const [login, user, expected] of [
    ['sql', 'octo', { kind: 'sql', user: 'octo' }],
    ['ntlm', 'CORP\\octo', { kind: 'ntlm', domain: 'CORP', user: 'octo' }],
    ['integrated', undefined, { kind: 'integrated' }],
    ['entra-managed-identity', undefined, { kind: 'entra', method: 'managed-identity' }],
    ['entra-default', undefined, { kind: 'entra', method: 'default' }],
    ['entra-service-principal', 'c@t', { kind: 'entra', method: 'service-principal', clientId: 'c', tenantId: 't' }],
  ] as const) {
    test(`logs in by ${login}`, () => {
      const text = buildConnection({ server: 'sql1', database: 'Octopus', login: login as LoginKind, user });

      assert.deepEqual(parseConnectionString(text).login, expected);
      assert.equal(loginKinds[login].user === undefined, user === undefined);
    });
  }
});
