import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createPlain } from 'node:net';
import { describe, test } from 'node:test';
import { createServer, type TlsOptions } from 'node:tls';
import { nodeNetwork } from '../../src/adapters/node-network.js';
import { demands } from '../../src/checks/certificates/web.js';
import { ownLimits } from '../../src/checks/limits.js';
import { Failure } from '../../src/errors.js';
import { listen } from '../support/open-ssh.js';
import { issued, type KeyPair, selfSigned } from '../support/tds/certificate.js';

const { signal } = new AbortController();
const day = 86_400_000;

/** A server with this certificate, for as long as `use` lasts. */
async function serving<T>(options: TlsOptions, use: (port: number) => Promise<T>): Promise<T> {
  const server = createServer(options, (socket) => socket.on('error', () => {}));
  server.on('tlsClientError', () => {});
  const port = await listen(server);
  try {
    return await use(port);
  } finally {
    server.close();
    await once(server, 'close');
  }
}

/** As servers were set up that nobody has touched for years. */
const serveAnything = { ciphers: 'DEFAULT@SECLEVEL=0' };

const inDays = (days: number): Date => new Date(Date.now() + days * day);

/** What each demand says of a certificate that a real server shows. */
async function judged(
  certificate: Parameters<typeof selfSigned>[0],
  { trusted = true, ...options }: TlsOptions & { trusted?: boolean } = {},
): Promise<Readonly<Record<string, string>>> {
  const pair = selfSigned(certificate);
  return await judgedOf(pair, trusted ? pair.certificate : undefined, options);
}

async function judgedOf(
  pair: KeyPair,
  authority: string | undefined,
  options: TlsOptions = {},
): Promise<Readonly<Record<string, string>>> {
  const shown = await serving({ key: pair.key, cert: pair.certificate, ...options }, (port) =>
    nodeNetwork.certificate('127.0.0.1', port, authority, signal),
  );
  const judging = { limits: ownLimits, now: new Date() };
  return Object.fromEntries(
    demands.flatMap(({ name, judge }) => {
      const verdict = judge(shown, judging);
      return verdict.status === 'pass'
        ? []
        : [[name, `${verdict.status} ${'problem' in verdict ? verdict.problem : ''}`]];
    }),
  );
}

describe('certificates, as a real server shows them', () => {
  test('one that is as it should be passes every demand', async () => {
    assert.deepEqual(await judged({ validTo: inDays(90) }), {});
  });

  for (const [what, days, words] of [
    ['one that has expired', -2, /^fail it expired 2d/],
    ['one that expires in three days', 3, /^fail it expires in .*certificateFail: 7d/],
    ['one that expires in three weeks', 21, /^warn it expires in .*certificateWarn: 30d/],
  ] as const) {
    test(what, async () => {
      const { valid, ...others } = await judged({ validFrom: inDays(-30), validTo: inDays(days) });

      assert.match(valid ?? '', words);
      // An expired one is not trusted either.
      assert.deepEqual(Object.keys(others), days < 0 ? ['trusted'] : []);
    });
  }

  test('one that is not valid yet', async () => {
    const { valid } = await judged({ validFrom: inDays(2), validTo: inDays(90) });

    assert.match(valid ?? '', /^fail it is not valid before/);
  });

  test('one for another name', async () => {
    const found = await judged({ validTo: inDays(90), names: ['octopus.example.com'] });

    assert.deepEqual(Object.keys(found), ['named']);
    assert.match(found['named'] ?? '', /octopus\.example\.com/);
  });

  test('one of an authority that nobody trusts here', async () => {
    const found = await judged({ validTo: inDays(90) }, { trusted: false });

    assert.deepEqual(Object.keys(found), ['trusted']);
    assert.match(found['trusted'] ?? '', /self.signed/i);
  });

  for (const protocol of ['TLSv1', 'TLSv1.1'] as const) {
    test(`one of a server that speaks ${protocol} and nothing later`, async () => {
      const yesterday = { ...serveAnything, minVersion: protocol, maxVersion: protocol } as const;

      const found = await judged({ validTo: inDays(90) }, yesterday);

      assert.deepEqual(found, { protocol: `fail it speaks ${protocol}` });
    });
  }

  test('one with a short RSA key', async () => {
    const { key, trusted, ...others } = await judged({ validTo: inDays(90), rsaBits: 1_024 }, serveAnything);

    assert.equal(key, 'fail its RSA key has 1024 bits');
    // Whether that is trusted is for the limits of this Node.js to say.
    assert.match(trusted ?? 'fail it is not trusted (too weak)', /^fail it is not trusted \(.*too weak/);
    assert.deepEqual(others, {});
  });

  test('one that is signed in a way that nobody accepts any more', async () => {
    const pair = issued({ validTo: inDays(90), digest: 'sha1' });
    const good = issued({ validTo: inDays(90) });
    assert.deepEqual(await judgedOf(good, good.authority), {});

    const found = await judgedOf(pair, pair.authority, serveAnything);

    assert.deepEqual(Object.keys(found), ['trusted']);
    assert.match(found['trusted'] ?? '', /a key or a signature in its chain is too weak/);
  });

  test('a server that speaks no TLS is not reached', async () => {
    const server = createPlain((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    const port = await listen(server);

    await assert.rejects(nodeNetwork.certificate('127.0.0.1', port, undefined, signal), (error) => {
      assert.ok(error instanceof Failure && error.kind === 'unreachable');
      return true;
    });
    server.close();
  });
});

describe('names and ports', () => {
  test('localhost has an address, and a name that cannot be has none', async () => {
    assert.ok((await nodeNetwork.lookup('localhost', signal)).length > 0);
    await assert.rejects(nodeNetwork.lookup('no-such-host.invalid', signal), /finds no address for no-such-host/);
  });

  test('an open port is reached, a closed one is refused', async () => {
    const server = createPlain((socket) => socket.destroy());
    const port = await listen(server);
    await nodeNetwork.connect('127.0.0.1', port, signal);
    server.close();
    await once(server, 'close');

    await assert.rejects(nodeNetwork.connect('127.0.0.1', port, signal), /refused/);
  });

  test('everything ends when it is told to', async () => {
    const server = createPlain(() => {});
    const port = await listen(server);
    const ending = new AbortController();
    const waiting = nodeNetwork.certificate('127.0.0.1', port, undefined, ending.signal);

    ending.abort(new Error('enough'));

    await assert.rejects(waiting, /enough/);
    server.close();
  });
});
