import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, request } from 'node:https';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { detachedProcesses } from '../../src/adapters/detached-processes.js';
import { loopbackPorts } from '../../src/adapters/free-ports.js';
import { pingPath } from '../../src/load-balancer/balancer.js';
import { balancers } from '../../src/load-balancer/index.js';
import { renderBalancer } from '../../src/load-balancer/render.js';
import { balancerPrograms, certificateFolder, missing } from '../support/balancer-programs.js';
import { eventually } from '../support/eventually.js';

const host = 'octopus.example.com';
const size = 48 * 1024 * 1024;

/** A node that tells what reached it, and speaks WebSocket as far as the change of protocols. */
function answer(incoming: IncomingMessage, response: ServerResponse): void {
  if (incoming.url === pingPath) return void response.writeHead(200).end();
  let received = 0;
  incoming.on('data', (chunk: Buffer) => {
    received += chunk.length;
  });
  incoming.on('end', () => response.end(JSON.stringify({ received, headers: incoming.headers })));
}

/** https://www.rfc-editor.org/rfc/rfc6455#section-4.2.2 */
const acceptOf = (key: string): string =>
  createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');

interface Answer {
  readonly status: number;
  readonly body: string;
}

for (const program of balancerPrograms) {
  const product = balancers.get(program.name);
  assert.ok(product);

  describe(`${product.title}, with TLS in front and behind`, { skip: missing(program) }, () => {
    let folder: Awaited<ReturnType<typeof certificateFolder>>;
    let other: Awaited<ReturnType<typeof certificateFolder>>;
    let ca: string;
    let nodePort: number;
    const ends: (() => unknown)[] = [];

    before(async () => {
      [folder, other] = await Promise.all([certificateFolder(), certificateFolder()]);
      const file = (name: string) => readFile(join(folder.path, name), 'utf8');
      ca = await file('octo ha.crt');
      const node = createServer({ cert: ca, key: await file('octo ha.key') }, answer);
      node.on('upgrade', ({ headers }, socket) => {
        const accepted = [
          ...['HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', 'Upgrade: websocket'],
          `Sec-WebSocket-Accept: ${acceptOf(headers['sec-websocket-key'] ?? '')}`,
        ];
        socket.write(`${accepted.join('\r\n')}\r\n\r\n`);
        socket.on('error', () => {});
        socket.pipe(socket);
      });
      node.listen(0, '127.0.0.1');
      await once(node, 'listening');
      nodePort = (node.address() as { port: number }).port;
      ends.push(() => node.close().closeAllConnections());
    });
    after(async () => {
      for (const end of ends.toReversed()) await end();
      await Promise.all([folder[Symbol.asyncDispose](), other[Symbol.asyncDispose]()]);
    });

    /** Starts it in front of the node; answers with its port. */
    async function started(authorities: string, name: string): Promise<number> {
      const [port = 0] = await loopbackPorts.free(1);
      const text = renderBalancer(
        product ?? assert.fail(),
        [{ name: 'web-1', url: `https://localhost:${nodePort}` }],
        {
          host,
          listen: `127.0.0.1:${port}`,
          cert: join(folder.path, 'octo ha.pem'),
          ca: authorities,
        },
        { origin: 'a test', format: program.live?.format },
      );
      const rendered = join(name === 'right' ? folder.path : other.path, 'rendered.conf');
      await writeFile(rendered, text);
      const place = name === 'right' ? folder.path : other.path;
      const main = await (program.live ?? program).main(place, rendered);
      const { pid, ended } = await detachedProcesses.start(
        { file: program.file ?? '', args: program.run(main) },
        join(place, 'log'),
      );
      ends.push(async () => {
        process.kill(pid, 'SIGTERM');
        await ended;
      });
      return port;
    }

    const send = (port: number, body?: Buffer): Promise<Answer> =>
      new Promise((resolve, reject) => {
        const headers = { Host: `${host}:${port}` };
        const method = body === undefined ? 'GET' : 'POST';
        const sent = request(
          { host: '127.0.0.1', port, path: '/api', method, headers, ca, servername: host, agent: false },
          (response) => {
            let text = '';
            response.on('data', (chunk) => {
              text += chunk;
            });
            response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
          },
        );
        sent.on('error', reject);
        sent.end(body);
      });

    test('passes on uploads, the Host, the scheme and the address, and WebSockets', { timeout: 60_000 }, async () => {
      const port = await started(join(folder.path, 'octo ha.crt'), 'right');
      await eventually(async () => assert.equal((await send(port)).status, 200));

      const { status, body } = await send(port, Buffer.alloc(size));
      const { received, headers } = JSON.parse(body);
      assert.deepEqual([status, received], [200, size]);
      assert.equal(headers.host, `${host}:${port}`);
      assert.equal(headers['x-forwarded-proto'], 'https');
      assert.equal(headers['x-forwarded-for'], '127.0.0.1');
      assert.match(headers['x-forwarded-host'], /^octopus\.example\.com/);

      const upgrade = request({
        ...{ host: '127.0.0.1', port, path: '/socket', ca, servername: host, agent: false },
        headers: {
          ...{ Host: host, Connection: 'Upgrade', Upgrade: 'websocket' },
          ...{ 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Version': '13' },
        },
      });
      upgrade.end();
      const changed = once(upgrade, 'upgrade');
      const refused = once(upgrade, 'response').then(([response]) => assert.fail(`answered ${response.statusCode}`));
      const [, socket] = await Promise.race([changed, refused]);
      socket.write('hello');
      const [echo] = await once(socket, 'data');
      assert.equal(String(echo), 'hello');
      socket.destroy();
    });

    test('sends nothing to a node whose certificate comes from somebody else', { timeout: 60_000 }, async () => {
      const port = await started(join(other.path, 'octo ha.crt'), 'wrong');

      await eventually(async () => assert.match(String((await send(port)).status), /^50[0-4]$/));
    });
  });
}
