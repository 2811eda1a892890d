import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, test } from 'node:test';
import { nodeHttp } from '../../src/adapters/node-http.js';
import { trusting } from '../../src/adapters/trusting.js';
import { listen } from '../support/open-ssh.js';
import { selfSigned } from '../support/tds/certificate.js';

const { signal } = new AbortController();
const gigabytes = 5 * 1024 ** 3;

describe('a request that announces what it does not send', () => {
  let server: Server;
  afterEach(() => void server.close().closeAllConnections());

  async function listening(event: string, answer: (incoming: IncomingMessage, response: ServerResponse) => void) {
    server = createServer(() => assert.fail('the body was waited for')).on(event, answer);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/upload`;
  }

  const announce = (url: string) =>
    nodeHttp.send({ url, method: 'POST', announces: gigabytes, timeout: 10_000 }, signal);

  test('is answered with 100 where the body is asked for, and ends there', async () => {
    let announced = '';
    let leave = () => {};
    const gone = new Promise<void>((resolve) => {
      leave = resolve;
    });
    const url = await listening('checkContinue', (incoming, response) => {
      announced = incoming.headers['content-length'] ?? '';
      // That it ends within a body is an error for the server.
      incoming.socket.once('close', leave);
      response.writeContinue();
    });

    assert.deepEqual(await announce(url), { status: 100, headers: {}, body: '' });
    await gone;
    assert.equal(announced, String(gigabytes));
  });

  test('is answered as its head deserves', async () => {
    const url = await listening('checkContinue', (_, response) =>
      response.writeHead(413, { 'X-Limit': '1m' }).end('no'),
    );

    const { status, headers, body } = await announce(url);
    assert.deepEqual([status, headers['x-limit'], body], [413, '1m', '']);
  });

  test('is given up where nobody answers', async () => {
    const url = await listening('checkContinue', () => {});

    await assert.rejects(
      nodeHttp.send({ url, method: 'POST', announces: gigabytes, timeout: 200 }, signal),
      /no answer within 0.2 s/,
    );
  });
});

describe('over TLS', () => {
  test('a server that speaks only what is old is told in words', async () => {
    const { key, certificate } = selfSigned();
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    const server = createSecureServer({ key, cert: certificate, ...old });
    const port = await listen(server);
    try {
      await assert.rejects(nodeHttp.send({ url: `https://127.0.0.1:${port}`, timeout: 10_000 }, signal), {
        message: /^cannot reach https:\/\/127\.0\.0\.1:\d+: TLS is not agreed on \([a-z0-9 ]+\)$/,
      });
    } finally {
      server.close();
    }
  });

  test('authorities are read once, however many connections trust them', () => {
    const { certificate } = selfSigned();

    assert.equal(trusting(certificate).secureContext, trusting(certificate).secureContext);
    assert.notEqual(trusting(certificate).secureContext, trusting(selfSigned().certificate).secureContext);
    assert.deepEqual(trusting(undefined), {});
  });
});
