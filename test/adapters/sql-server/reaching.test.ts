import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { type AddressInfo, createServer } from 'node:net';
import { describe, test } from 'node:test';
import { readCertificate } from '../../../src/adapters/sql-server/certificate.js';
import { parseConnectionString } from '../../../src/adapters/sql-server/connection-string.js';
import { openSqlServer } from '../../../src/adapters/sql-server/session.js';
import { Failure } from '../../../src/errors.js';
import { manualClock } from '../../support/manual-clock.js';
import { selfSigned } from '../../support/tds/certificate.js';
import { tdsServer } from '../../support/tds-server.js';
import { certificate, opened, password, select } from './endpoint.js';

async function refusedBy(work: Promise<unknown>): Promise<Failure> {
  const error = await work.then(
    () => assert.fail('it was reached'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof Failure, String(error));
  assert.equal(error.kind, 'unreachable');
  assert.ok(!JSON.stringify([error.message, error.hint, error.details]).includes('X9'), 'holds the password');
  return error;
}

const answer = () => [[{ one: 1 }]];

describe('a login that is refused', () => {
  test('names server and user, and is not tried again', async (t) => {
    await using it = await opened({ login: () => [{ number: 18456, message: "Login failed for user 'octopus'." }] });

    const { message, hint } = await refusedBy(it.session.read([select], t.signal));

    assert.match(message, /^SQL Server at localhost:\d+ refused the login octopus: Login failed for user 'octopus'\.$/);
    assert.match(hint ?? '', /Check the password/);
    assert.equal(it.server.logins.length, 1);
  });

  test('for want of the database says so, and ends soon', async (t) => {
    await using it = await opened({
      login: () => [
        { number: 4060, message: 'Cannot open database "Octopus" requested by the login. The login failed.' },
        { number: 18456, message: "Login failed for user 'octopus'." },
      ],
    });

    const { message } = await refusedBy(it.session.read([select], t.signal));

    assert.match(message, /^SQL Server at localhost:\d+ has no database Octopus, or octopus may not open it$/);
    assert.equal(it.server.logins.length, 4);
    assert.ok(it.clock.slept.reduce((sum, pause) => sum + pause, 0) < 2000);
  });

  test('for a reason that passes is tried again', async (t) => {
    await using it = await opened({
      login: (nth) => (nth < 3 ? [{ number: 18401, message: 'Server is in script upgrade mode.' }] : undefined),
      answer,
    });

    await it.session.read([select], t.signal);

    assert.deepEqual(it.clock.slept, [200, 400]);
  });

  test('for another reason passes on what the server says', async (t) => {
    await using it = await opened({
      login: () => [
        { number: 40615, message: "Client with IP address '192.0.2.1' is not allowed to access the server." },
      ],
    });

    const { message } = await refusedBy(it.session.read([select], t.signal));

    assert.match(
      message,
      /refused the connection: Client with IP address '192\.0\.2\.1' is not allowed .* \(error 40615\)$/,
    );
  });
});

describe('a server that cannot be reached', () => {
  const session = (server: string, connectTimeout = 1000) => {
    const clock = manualClock({ auto: true });
    const settings = parseConnectionString(`Server=${server};Database=Octopus;User ID=octopus;Password=X9`);
    return { session: openSqlServer({ settings, clock, connectTimeout }), clock };
  };

  test('because nothing listens there', async (t) => {
    const free = createServer();
    await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve));
    const { port } = free.address() as AddressInfo;
    await new Promise((resolve) => free.close(resolve));
    const { session: it, clock } = session(`127.0.0.1,${port}`);

    const { message, hint } = await refusedBy(it.read([select], t.signal));

    assert.equal(message, `nothing answers as SQL Server at 127.0.0.1:${port}: the connection was refused`);
    assert.match(hint ?? '', /firewall/);
    assert.deepEqual(clock.slept, [200, 400, 800]);
  });

  test('because its name has no address', async (t) => {
    const { session: it, clock } = session('no-such-host.invalid');

    const { message } = await refusedBy(it.read([select], t.signal));

    assert.match(message, /^cannot reach SQL Server at no-such-host\.invalid:1433: this machine finds no address/);
    assert.ok(clock.slept.length <= 3);
  });

  test('because it accepts and never answers', async (t) => {
    const silent = createServer((socket) => t.after(() => socket.destroy()));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    t.after(() => silent.close());
    const { port } = silent.address() as AddressInfo;
    const { session: it, clock } = session(`127.0.0.1,${port}`, 300);

    const { message } = await refusedBy(it.read([select], t.signal));

    assert.equal(message, `SQL Server at 127.0.0.1:${port} did not answer within 0.3 s`);
    assert.deepEqual(clock.slept, []);
  });

  test('because something else listens there', async (t) => {
    const other = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    t.after(() => other.close());
    const { session: it } = session(`127.0.0.1,${(other.address() as AddressInfo).port}`);

    const { message, hint } = await refusedBy(it.read([select], t.signal));

    assert.match(message, /^the connection to SQL Server at 127\.0\.0\.1:\d+ could not be made: /);
    assert.match(hint ?? '', /whether it is a SQL Server/);
  });

  test('because a password is missing', async (t) => {
    const settings = parseConnectionString('Server=localhost,1;Database=Octopus;User ID=octopus');
    const it = openSqlServer({ settings, clock: manualClock() });

    await assert.rejects(it.read([select], t.signal), { kind: 'usage', message: 'no password is known for octopus' });
  });
});

describe('a certificate', () => {
  test('that is not trusted is shown with the two ways out, and no login is sent', async (t) => {
    await using it = await opened({ answer }, { extra: '' });

    const { message, hint, details } = await refusedBy(it.session.read([select], t.signal));

    const { fingerprint256 } = new X509Certificate(certificate.certificate);
    assert.match(message, /^the certificate of localhost:\d+ is not trusted: self-signed certificate\n/);
    assert.match(message, /subject {2}CN=octo-ha test server\n/);
    assert.match(message, /issuer {3}CN=octo-ha test server\n/);
    assert.match(message, /valid {4}\d{4}-\d\d-\d\d to \d{4}-\d\d-\d\d\n/);
    assert.ok(message.includes(`SHA-256  ${fingerprint256}`));
    assert.match(hint ?? '', /database\.ca/);
    assert.match(hint ?? '', /TrustServerCertificate=True/);
    assert.equal(JSON.parse(JSON.stringify(details)).certificate.sha256, fingerprint256);
    assert.equal(it.server.logins.length, 0);
    assert.deepEqual(it.clock.slept, []);
  });

  test('is trusted by its authority', async (t) => {
    await using it = await opened({ answer }, { extra: '', ca: certificate.certificate });

    assert.equal((await it.session.read([select], t.signal)).length, 1);
  });

  test('that has expired says so, even from a trusted authority', async (t) => {
    const old = selfSigned({ validFrom: new Date('2001-01-01'), validTo: new Date('2002-01-01') });
    await using it = await opened({ certificate: old }, { extra: '', ca: old.certificate });

    const { message } = await refusedBy(it.session.read([select], t.signal));

    assert.match(message, /expired\n[\s\S]*valid {4}2001-01-01 to 2002-01-01, expired/);
    assert.equal(it.server.logins.length, 0);
  });

  test('for another name is refused, unless the connection string expects that name', async (t) => {
    const other = selfSigned({ names: ['sql1.example.com'] });
    await using it = await opened({ certificate: other, answer }, { extra: '', ca: other.certificate });

    const { message, hint } = await refusedBy(it.session.read([select], t.signal));

    assert.match(message, /is for another name\n[\s\S]*names {4}DNS:sql1\.example\.com/);
    assert.match(hint ?? '', /HostNameInCertificate/);
    assert.equal(it.server.logins.length, 0);

    await using named = await opened(
      { certificate: other, answer },
      { extra: 'HostNameInCertificate=sql1.example.com', ca: other.certificate },
    );
    assert.equal((await named.session.read([select], t.signal)).length, 1);
  });

  test('is not looked at where the connection string says to trust it, or not to demand encryption', async (t) => {
    for (const extra of ['TrustServerCertificate=True', 'Encrypt=False']) {
      await using it = await opened({ answer }, { extra });

      await it.session.read([select], t.signal);

      assert.ok(it.server.logins.length > 0);
    }
  });

  test('is read within a limit, and without a login', async (t) => {
    await using server = await tdsServer({ certificate });
    const address = { host: '127.0.0.1', port: server.port };

    const { sha256 } = await readCertificate(address, false, t.signal);

    assert.equal(sha256, new X509Certificate(certificate.certificate).fingerprint256);
    assert.equal(server.logins.length, 0);

    const silent = createServer((socket) => t.after(() => socket.destroy()));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    t.after(() => silent.close());
    const { port } = silent.address() as AddressInfo;
    await assert.rejects(readCertificate({ host: '127.0.0.1', port }, false, AbortSignal.timeout(100)), {
      name: 'TimeoutError',
    });
  });
});

describe('a server without encryption', () => {
  test('gets no login', async (t) => {
    await using it = await opened({ certificate: undefined }, { extra: 'TrustServerCertificate=True' });

    const { message, hint } = await refusedBy(it.session.read([select], t.signal));

    assert.match(message, /offers no encryption, so no login was sent$/);
    assert.match(hint ?? '', /Encrypt=False/);
    assert.equal(it.server.logins.length, 0);
    assert.equal(it.server.connections, 1);
  });

  test('gets one where the connection string does not demand it', async (t) => {
    await using it = await opened({ certificate: undefined, answer }, { extra: 'Encrypt=False' });

    await it.session.read([select], t.signal);

    assert.equal(it.server.logins[0]?.user, 'octopus');
  });
});

test('a password of the local context goes before the one in the connection string', async (t) => {
  for (const [given, sent] of [
    [undefined, password],
    ['kept in the context', 'kept in the context'],
  ] as const) {
    await using it = await opened({ answer }, { password: given });

    await it.session.read([select], t.signal);

    assert.ok(it.server.logins.every((login) => login.password === sent));
  }
});

test('the addresses of a listener are tried together', async (t) => {
  await using it = await opened({ answer }, { extra: 'TrustServerCertificate=True;MultiSubnetFailover=True' });

  await it.session.read([select], t.signal);

  assert.equal(it.server.logins.length, 1);
});
