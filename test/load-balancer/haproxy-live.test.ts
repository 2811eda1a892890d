import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { detachedProcesses } from '../../src/adapters/detached-processes.js';
import { findProgram } from '../../src/adapters/find-program.js';
import { loopbackPorts } from '../../src/adapters/free-ports.js';
import { keepAliveHttp } from '../../src/adapters/keep-alive-http.js';
import { pingPath } from '../../src/load-balancer/balancer.js';
import { haproxy } from '../../src/load-balancer/haproxy.js';
import { renderBalancer } from '../../src/load-balancer/render.js';
import { eventually } from '../support/eventually.js';

const program = await findProgram('haproxy');
const endless = () => new AbortController().signal;
const health = { interval: 200, fastInterval: 100, fall: 2, rise: 2, timeout: 2_000 };

interface Upstream {
  readonly server: Server;
  readonly url: string;
  draining: boolean;
  /** When it last got a request that was no check. */
  lastAsked: number;
}

async function upstream(name: string): Promise<Upstream> {
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    if (request.url === pingPath) return void response.writeHead(self.draining ? 418 : 200).end();
    self.lastAsked = Date.now();
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
    });
    request.on('end', () => {
      response.setHeader('Octopus-Node', name);
      response.end(JSON.stringify({ size, headers: request.headers }));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const self: Upstream = { server, url: `http://127.0.0.1:${port}`, draining: false, lastAsked: 0 };
  return self;
}

describe('HAProxy with the configuration octo-ha rendered', {
  skip: program === undefined && 'haproxy is not installed',
}, () => {
  const web = keepAliveHttp();
  let directory: string;
  let url: string;
  let ended: Promise<unknown>;
  let stop: () => Promise<void>;
  let one: Upstream;
  let two: Upstream;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'octo-ha-haproxy-'));
    one = await upstream('web-1');
    two = await upstream('web-2');
    const [port = 0] = await loopbackPorts.free(1);
    url = `http://127.0.0.1:${port}`;
    const text = renderBalancer(
      haproxy,
      [
        { name: 'web-1', url: one.url },
        { name: 'web-2', url: two.url },
      ],
      { listen: `127.0.0.1:${port}`, ...health, checkTimeout: health.timeout },
      { origin: 'a test' },
    );
    const path = join(directory, 'haproxy.cfg');
    await writeFile(path, text);
    const started = await detachedProcesses.start(
      { file: program ?? '', args: ['-db', '-f', path] },
      join(directory, 'haproxy.log'),
    );
    ended = started.ended;
    stop = async () => {
      process.kill(started.pid, 'SIGTERM');
      await ended;
    };
    await eventually(async () => assert.equal((await get()).status, 200));
  });

  after(async () => {
    await web[Symbol.asyncDispose]();
    await stop?.();
    for (const { server } of [one, two]) {
      server.closeAllConnections();
      server.close();
    }
    await rm(directory, { recursive: true, force: true });
  });

  const get = () => web.send({ url, timeout: 5_000 }, endless()).catch(() => ({ status: 0, headers: {}, body: '' }));
  const nodesOf = async (requests: number): Promise<ReadonlySet<string>> => {
    const answers = await Promise.all(Array.from({ length: requests }, get));
    assert.ok(answers.every(({ status }) => status === 200));
    return new Set(answers.map(({ headers }) => (headers as Record<string, string>)['octopus-node'] ?? ''));
  };

  test('sends nothing to a node that drains, in the time it promises, and gives it requests again', async () => {
    const { outAfter, inAfter } = haproxy.timing(health);
    assert.deepEqual(await nodesOf(10), new Set(['web-1', 'web-2']));

    two.draining = true;
    const drained = Date.now();
    while (Date.now() - drained < outAfter) assert.equal((await get()).status, 200);
    const lastAsked = two.lastAsked;
    assert.deepEqual(await nodesOf(20), new Set(['web-1']));
    assert.equal(two.lastAsked, lastAsked);

    two.draining = false;
    const back = Date.now();
    await eventually(async () => assert.ok((await nodesOf(10)).has('web-2')), { within: 10_000 });
    assert.ok(Date.now() - back <= inAfter + 1_000, `${Date.now() - back} ms`);
  });

  test('passes on uploads of any size, and tells the node who asks', async () => {
    const size = 64 * 1024 * 1024;

    const { status, body } = await web.send(
      { url, method: 'POST', body: 'x'.repeat(size), timeout: 60_000 },
      endless(),
    );

    const seen = JSON.parse(body);
    assert.deepEqual([status, seen.size], [200, size]);
    assert.equal(seen.headers['x-forwarded-for'], '127.0.0.1');
    assert.equal(seen.headers['x-forwarded-proto'], 'http');
    assert.equal(seen.headers['x-forwarded-host'], new URL(url).host);
  });

  test('answers every GET while a node dies', async () => {
    two.draining = false;
    await eventually(async () => assert.ok((await nodesOf(10)).has('web-2')), { within: 10_000 });

    two.server.close();
    two.server.closeAllConnections();

    for (let i = 0; i < 20; i++) await nodesOf(10);
  });
});
