import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request as open, type RequestListener, type Server } from 'node:http';
import { connect } from 'node:net';
import { after, describe, test } from 'node:test';
import { keepAliveHttp } from '../../src/adapters/keep-alive-http.js';
import { nodeReverseProxy } from '../../src/adapters/reverse-proxy.js';
import type { HttpRequest } from '../../src/ports/http.js';

const web = keepAliveHttp();
const servers: Server[] = [];

async function upstream(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
}

/** An address that nobody answers at. */
async function nobody(): Promise<string> {
  const url = await upstream(() => {});
  const server = servers.pop();
  server?.close();
  return url;
}

/** A proxy in front of these, tried in this order. */
async function proxy(urls: readonly string[]) {
  const failed: string[] = [];
  const running = await nodeReverseProxy.listen(0, {
    choose: (tried) => urls.find((url) => !tried.includes(url)),
    failed: (url) => void failed.push(url),
  });
  return { url: `http://127.0.0.1:${running.port}`, failed, stop: () => running.stop() };
}

const send = (request: Omit<HttpRequest, 'timeout'>) =>
  web.send({ timeout: 10_000, ...request }, new AbortController().signal);

const named: (name: string) => RequestListener = (name) => (request, response) => {
  request.resume().on('end', () => response.end(name));
};

/** Ends the connection without an answer, when the whole request was there. */
const broken: RequestListener = (request) => void request.resume().on('end', () => request.socket.destroy());

describe("the lab's own reverse proxy", () => {
  after(async () => {
    await web[Symbol.asyncDispose]();
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
  });

  test('asks another server when one cannot be reached, whatever the request is', async () => {
    const { url, failed, stop } = await proxy([await nobody(), await upstream(named('b'))]);

    assert.equal((await send({ url })).body, 'b');
    assert.equal((await send({ url, method: 'POST', body: 'x'.repeat(100_000) })).body, 'b');
    assert.equal(failed.length, 2);
    await stop();
  });

  test('repeats a GET that was not answered, and never a POST', async () => {
    const { url, stop } = await proxy([await upstream(broken), await upstream(named('b'))]);

    assert.equal((await send({ url })).body, 'b');
    assert.equal((await send({ url, method: 'POST', body: 'once' })).status, 502);
    await stop();
  });

  test('says so when there is nobody', async () => {
    const { url, stop } = await proxy([]);

    assert.equal((await send({ url })).status, 503);
    await stop();
  });

  test('passes on status, headers and bodies as they are, but not those of one connection', async () => {
    const seen: Record<string, unknown>[] = [];
    const node = await upstream((request, response) => {
      seen.push({ ...request.headers, method: request.method, url: request.url });
      response.writeHead(207, { 'Set-Cookie': ['a=1', 'b=2'], 'Keep-Alive': 'timeout=77', 'X-Own': 'yes' });
      request.pipe(response);
    });
    const { url, stop } = await proxy([node]);
    const body = 'ü'.repeat(2_000_000);

    const answer = await send({
      url: `${url}/a?b=%20`,
      method: 'PUT',
      body,
      headers: { 'X-Mine': '1', TE: 'trailers' },
    });

    assert.deepEqual([answer.status, answer.body === body, answer.headers['x-own']], [207, true, 'yes']);
    assert.equal(answer.headers['set-cookie'], 'a=1,b=2');
    assert.notEqual(answer.headers['keep-alive'], 'timeout=77');
    const [request] = seen;
    assert.deepEqual([request?.['method'], request?.['url'], request?.['x-mine']], ['PUT', '/a?b=%20', '1']);
    assert.deepEqual([request?.['te'], request?.['x-forwarded-for']], [undefined, '127.0.0.1']);
    await stop();
  });

  test('keeps a connection for one request after another', async () => {
    const { url, stop } = await proxy([await upstream(named('a'))]);
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    let received = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      received += chunk;
    });

    for (const expected of [1, 2, 3]) {
      socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
      while (received.split('HTTP/1.1 200').length - 1 < expected) await once(socket, 'data');
    }

    socket.destroy();
    await stop();
  });

  test('ends the request to a node when the client has gone', async () => {
    const gone = withResolvers();
    const node = await upstream((request) => void request.socket.once('close', () => gone.resolve()));
    const { url, stop } = await proxy([node]);

    const client = open(url).on('error', () => {});
    client.end();
    await once(servers.at(-1) as Server, 'request');
    client.destroy();

    await gone.promise;
    await stop();
  });

  test('finishes what was begun when it is stopped', async () => {
    let answer = () => {};
    const node = await upstream((_request, response) => {
      answer = () => void response.end('late');
    });
    const { url, stop } = await proxy([node]);
    const begun = send({ url });
    await once(servers.at(-1) as Server, 'request');

    const stopped = stop();
    await assert.rejects(send({ url }), /refused|reset/);
    answer();

    assert.equal((await begun).body, 'late');
    await stopped;
  });
});

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
