import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseConnectionString } from '../../../src/adapters/sql-server/connection-string.js';
import { partPassword } from '../../../src/adapters/sql-server/part-password.js';

const quoted = (value: string) => `"${value.replaceAll('"', '""')}"`;

describe('a connection string without its password', () => {
  test('means the same but for the password, which comes out whole', () => {
    const value = fc.string({ minLength: 1 }).filter((text) => text.trim() !== '' && !/\\/.test(text));
    fc.assert(
      fc.property(
        value,
        value,
        fc.constantFrom('Password', 'PWD', 'pass word'),
        fc.nat(2),
        (user, password, key, at) => {
          const parts = [
            'Server=sql1,1444',
            `Database=${quoted('Octo;pus')}`,
            `User ID=${quoted(user)}`,
            'Encrypt=Strict',
          ];
          const known = key === 'pass word' ? 'Password' : key;
          const text = parts.toSpliced(at, 0, `${known}=${quoted(password)}`).join(';');

          const parted = partPassword(text);

          assert.equal(parted.password, password);
          assert.ok(!/pwd|password/i.test(parted.connection.replace(/"[^"]*"/g, '').replace(user, '')));
          const [before, after] = [parseConnectionString(text), parseConnectionString(parted.connection)];
          const login = { ...before.login, password: undefined };
          assert.deepEqual({ ...after, login: { ...after.login, password: undefined } }, { ...before, login });
          assert.equal('password' in after.login, false);
        },
      ),
    );
  });

  test('stays as it was where it has none', () => {
    const text = 'Server=tcp:sql1,1433;Database=Octopus;Integrated Security=True;MultiSubnetFailover=True';

    assert.deepEqual(partPassword(text), {
      connection: text,
      password: undefined,
      description: 'Octopus on sql1:1433 as the current Windows account',
      place: 'sql1/1433',
      takesPassword: false,
    });
  });
});
