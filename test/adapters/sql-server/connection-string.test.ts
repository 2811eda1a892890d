import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  type ConnectionSettings,
  describe as describeSettings,
  parseConnectionString,
} from '../../../src/adapters/sql-server/connection-string.js';
import { Failure } from '../../../src/errors.js';

const plain = {
  server: 'sql1',
  database: 'Octopus',
  login: { kind: 'sql', user: 'octopus', password: 'secret' },
  encrypt: 'mandatory',
  trustServerCertificate: false,
  multiSubnetFailover: false,
} as const satisfies ConnectionSettings;

const base = 'Server=sql1;Database=Octopus;User ID=octopus;Password=secret;';

describe('connection strings as Octopus writes them', () => {
  const samples: readonly [string, Partial<ConnectionSettings>][] = [
    [base, plain],
    [
      'Server=(local)\\SQLEXPRESS;Database=Octopus;Trusted_Connection=True;',
      { ...plain, server: 'localhost', instance: 'SQLEXPRESS', login: { kind: 'integrated' } },
    ],
    [
      'Data Source=HOST\\INST;Initial Catalog=OctopusDeploy;Integrated Security=True;',
      { ...plain, server: 'HOST', instance: 'INST', database: 'OctopusDeploy', login: { kind: 'integrated' } },
    ],
    [
      'Data Source=HOST;Initial Catalog=OctopusDeploy;Integrated Security=False;User ID=octopus;Password=secret',
      { ...plain, server: 'HOST', database: 'OctopusDeploy' },
    ],
    [
      'Server=tcp:x.database.windows.net,1433;Initial Catalog=OctopusDeploy;Persist Security Info=False;User ID=octopus;' +
        'Password=secret;Pooling=False;MultipleActiveResultSets=False;Encrypt=True;TrustServerCertificate=False;Connection Timeout=30;',
      {
        ...plain,
        server: 'x.database.windows.net',
        port: 1433,
        database: 'OctopusDeploy',
        connectTimeout: 30_000,
      },
    ],
    [
      'Server=tcp:AGListener,1433;Database=Octopus;IntegratedSecurity=SSPI;MultiSubnetFailover=True',
      { ...plain, server: 'AGListener', port: 1433, login: { kind: 'integrated' }, multiSubnetFailover: true },
    ],
    [
      'Server=localhost;Initial catalog=Octopus;authentication="Active Directory Managed Identity"',
      { ...plain, server: 'localhost', login: { kind: 'entra', method: 'managed-identity' } },
    ],
    [
      'Server=mssql,1433;Database=Octopus;User Id=SA;Password=secret',
      { ...plain, server: 'mssql', port: 1433, login: { kind: 'sql', user: 'SA', password: 'secret' } },
    ],
  ];
  for (const [text, expected] of samples) {
    test(text, () => assert.deepEqual(parseConnectionString(text), expected));
  }
});

describe('a server', () => {
  const of = (server: string) => {
    const { server: name, port, instance } = parseConnectionString(`${base}Server=${server}`);
    return [name, port, instance];
  };
  for (const [text, ...expected] of [
    ['.', 'localhost', undefined, undefined],
    ['(LOCAL)', 'localhost', undefined, undefined],
    ['.\\SQLEXPRESS', 'localhost', undefined, 'SQLEXPRESS'],
    ['sql1\\MSSQLSERVER', 'sql1', undefined, undefined],
    ['TCP:sql1.example.com , 14330', 'sql1.example.com', 14330, undefined],
    ['sql1\\INST,14330', 'sql1', 14330, undefined],
    ['[2001:db8::1],1433', '2001:db8::1', 1433, undefined],
  ] as const) {
    test(text, () => assert.deepEqual(of(text), expected));
  }

  for (const [text, problem] of [
    ['np:\\\\sql1\\pipe\\sql\\query', /named pipe/],
    ['\\\\sql1\\pipe\\sql\\query', /named pipe/],
    ['lpc:sql1', /shared memory/],
    ['(localdb)\\MSSQLLocalDB', /LocalDB/],
    ['admin:sql1', /administrator connection/],
    ['sql1:1433', /separates the port by a colon/],
    ['sql1,70000', /port that does not exist/],
    ['sql1,abc', /does not name a server/],
    ['tcp:', /does not name a server/],
  ] as const) {
    test(`${text} is refused`, () => assert.throws(() => of(text), { kind: 'usage', message: problem }));
  }
});

describe('a login', () => {
  const of = (text: string) => parseConnectionString(`Server=sql1;Database=Octopus;${text}`).login;
  for (const [text, expected] of [
    ['UID=octopus', { kind: 'sql', user: 'octopus' }],
    ['User=octopus;PWD=', { kind: 'sql', user: 'octopus' }],
    ['User ID=CORP\\svc-octopus;Password=x', { kind: 'ntlm', domain: 'CORP', user: 'svc-octopus', password: 'x' }],
    ['Authentication=SqlPassword;User ID=octopus', { kind: 'sql', user: 'octopus' }],
    ['Authentication=Active Directory Default', { kind: 'entra', method: 'default' }],
    [
      'Authentication=ActiveDirectoryMSI;User ID=0000-1111',
      { kind: 'entra', method: 'managed-identity', clientId: '0000-1111' },
    ],
    [
      'Authentication=ActiveDirectoryServicePrincipal;User ID=client@tenant;Password=x',
      { kind: 'entra', method: 'service-principal', clientId: 'client', tenantId: 'tenant', password: 'x' },
    ],
    [
      'Authentication=ActiveDirectoryPassword;User ID=a@example.com;Password=x',
      { kind: 'entra', method: 'password', user: 'a@example.com', password: 'x' },
    ],
  ] as const) {
    test(text, () => assert.deepEqual(of(text), expected));
  }

  for (const [text, problem] of [
    ['', /names no login/],
    ['Password=x', /names no login/],
    ['Authentication=ActiveDirectoryInteractive', /cannot log in the way/],
    ['Authentication=ActiveDirectoryServicePrincipal;User ID=client', /needs its tenant/],
    ['Authentication=ActiveDirectoryPassword', /needs a User ID/],
    ['Authentication=ActiveDirectoryDefault;Integrated Security=true', /both/],
  ] as const) {
    test(`${text || 'none'} is refused`, () => assert.throws(() => of(text), { kind: 'usage', message: problem }));
  }
});

describe('values', () => {
  for (const [text, field, expected] of [
    ['Encrypt=strict', 'encrypt', 'strict'],
    ['Encrypt=Optional', 'encrypt', 'optional'],
    ['Encrypt=no', 'encrypt', 'optional'],
    ['Encrypt=YES', 'encrypt', 'mandatory'],
    ['Trust Server Certificate=yes', 'trustServerCertificate', true],
    ['HostNameInCertificate=sql.example.com', 'certificateName', 'sql.example.com'],
    ['Timeout=5', 'connectTimeout', 5000],
    ['Connect Timeout=0', 'connectTimeout', undefined],
    ['Command Timeout=90', 'requestTimeout', 90_000],
    ['Database=first;Initial Catalog=last', 'database', 'last'],
  ] as const) {
    test(text, () => assert.equal(parseConnectionString(`${base}${text}`)[field], expected));
  }

  for (const [text, problem] of [
    ['Encrypt=perhaps', /Encrypt .* must be one of true, yes, mandatory/],
    ['TrustServerCertificate=1', /must be one of/],
    ['Connect Timeout=soon', /whole seconds/],
    ['Encrypt=true;Databse=Octopus', /^Databse is no keyword/],
    ['Encrypt', /part 5 is not of the form KEYWORD=VALUE/],
    ['User ID="octopus', /part 5 has a quotation mark/],
    ['User ID=octopus"', /part 5 has a quotation mark/],
  ] as const) {
    test(`${text} is refused`, () =>
      assert.throws(() => parseConnectionString(`${base}${text}`), { kind: 'usage', message: problem }));
  }

  test('a password with a semicolon is not told on', () => {
    assert.throws(
      () => parseConnectionString('Server=a;Database=b;User ID=c;Password=ab;hunter2=x'),
      (error) => {
        assert.ok(error instanceof Failure && !JSON.stringify([error.message, error.hint]).includes('hunter2'));
        return true;
      },
    );
  });

  test('a message names the place and the login', () => {
    assert.equal(
      describeSettings(parseConnectionString(`${base}Server=sql1,14330`)),
      'Octopus on sql1:14330 as octopus',
    );
    assert.equal(
      describeSettings(parseConnectionString('Server=a\\b;Database=c;User ID=D\\e;Password=f')),
      'c on a\\b as D\\e',
    );
  });
});

const quoted = (value: string, quote: string) => `${quote}${value.replaceAll(quote, quote + quote)}${quote}`;

const value = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 });

describe('whatever is written', () => {
  test('reads back as it was quoted', () => {
    const spacing = fc.constantFrom('', ' ', '\t', ' ; ;');
    const parts = fc.record({ user: value, password: value, quote: fc.constantFrom('"', "'"), spacing });
    fc.assert(
      fc.property(parts, ({ user, password, quote, spacing }) => {
        fc.pre(user.trim() !== '' && !user.includes('\\'));
        const text = `Server=a;Database=b;${spacing}uSeR iD${spacing.replace(/;/g, '')}=${quoted(user, quote)};pWd = ${quoted(password, quote)} ;`;

        assert.deepEqual(parseConnectionString(text).login, { kind: 'sql', user, password });
      }),
    );
  });

  test('bare values keep all but the spaces around them', () => {
    const bare = fc.stringMatching(/^[^\s;"'\p{Cc}][^;"'\p{Cc}]{0,20}[^\s;"'\p{Cc}]$/u);
    fc.assert(
      fc.property(bare, (password) => {
        const { login } = parseConnectionString(`Server=a;Database=b;User ID=c;Password=  ${password} ;Encrypt=true`);

        assert.deepEqual(login, { kind: 'sql', user: 'c', password });
      }),
    );
  });

  test('is settings, or a failure without the password', () => {
    const piece = fc.oneof(
      fc.constantFrom('Server', 'Database', 'User ID', 'Password', 'Encrypt', 'Authentication', 'Timeout'),
      fc.constantFrom('=', ';', '"', "'", '{', '}', '\\', ' ', ',', '==', ';;', '\0'),
      fc.string({ maxLength: 8 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const marked = `Password=9f8e-hunter-7d6c;${pieces.join('')}`;
        try {
          parseConnectionString(marked);
        } catch (error) {
          assert.ok(error instanceof Failure, String(error));
          assert.equal(error.kind, 'usage');
          assert.ok(!`${error.message}${error.hint}${String(error.cause)}`.includes('hunter'));
        }
      }),
      { numRuns: 2000 },
    );
  });
});
