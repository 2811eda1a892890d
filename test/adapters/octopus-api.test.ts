import assert from 'node:assert/strict';
import { setMaxListeners } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { octopusApi } from '../../src/adapters/octopus-api/octopus-api.js';
import { Failure, type FailureKind } from '../../src/errors.js';
import type { Http, HttpRequest } from '../../src/ports/http.js';
import type { ServedAnswer } from '../../src/ports/http-server.js';
import { cable, clientOf, rejection, serve } from '../support/served-api.js';
import { selfSigned } from '../support/tds/certificate.js';

const { signal } = new AbortController();
setMaxListeners(0, signal);

const node = { Id: 'OctopusServerNodes-web', Name: 'web', MaxConcurrentTasks: 5, IsInMaintenanceMode: false };

const json = (status: number, body: unknown): ServedAnswer => ({
  status,
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
});

/** A server that knows the node, and answers a change like this. */
const onChange = (answer: ServedAnswer) => (request: { readonly method: string }) =>
  Promise.resolve(request.method === 'GET' ? json(200, node) : answer);

async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  const error = await rejection(promise);
  assert.ok(error instanceof Failure, String(error));
  return error;
}

/** A client whose requests go nowhere: they are answered by `answer`. */
function offline(answer: (request: HttpRequest) => string, url = 'https://octopus.test/base') {
  const sent: HttpRequest[] = [];
  const http: Http = {
    async send(request) {
      sent.push(request);
      return { status: 200, headers: {}, body: answer(request) };
    },
  };
  const secrets = { read: async () => 'API-KEY' };
  const api = octopusApi({ url, key: { env: 'KEY' }, preferred: true, secrets, http, ca: undefined, timeout: 1_000 });
  return { api, sent };
}

describe('an answer of a server that is not as it should be', () => {
  const denied = { ErrorMessage: 'You do not have permission. Missing permission: AdministerSystem' };
  const cases: readonly (readonly [string, ServedAnswer, FailureKind, FailureKind, RegExp])[] = [
    ['403', json(403, denied), 'refused', 'refused', /may not .* Missing permission: AdministerSystem/],
    [
      '401',
      json(401, { ErrorMessage: 'Log in.' }),
      'unreachable',
      'unreachable',
      /does not accept the API key: Log in/,
    ],
    ['400', json(400, { ErrorMessage: 'No.' }), 'failed', 'failed', /refused .* with 400: No\./],
    ['429', { status: 429, headers: { 'Retry-After': '7' }, body: '' }, 'unreachable', 'unreachable', /again in 7 s/],
    ['500', json(500, { ErrorMessage: 'Deadlock' }), 'unreachable', 'unknown', /with 500: Deadlock/],
    ['502 of a balancer', { status: 502, body: '<h1>Bad</h1>' }, 'unreachable', 'unknown', /with 502$/],
    ['404 of a balancer', { status: 404, body: '<h1>No</h1>' }, 'unreachable', 'unreachable', /not as Octopus does/],
    [
      'a log-in page',
      { status: 200, headers: { 'Content-Type': 'text/html' }, body: '<html>Log in</html>' },
      'unreachable',
      'unknown',
      /with text\/html instead of JSON/,
    ],
    [
      'a redirect',
      { status: 302, headers: { Location: 'https://elsewhere.test/login?a=b' }, body: '' },
      'unreachable',
      'unreachable',
      /redirects .* to https:\/\/elsewhere\.test,/,
    ],
  ];
  for (const [what, answer, ofReading, ofChange, message] of cases) {
    test(`${what} is told for what it is`, async () => {
      await using reading = await serve(async () => answer);
      await using changing = await serve(onChange(answer));

      const read = await failureOf(clientOf(reading.url).serverStatus(signal));
      const changed = await failureOf(clientOf(changing.url).setDrainFlag(node.Id, true, signal));

      assert.deepEqual([read.kind, changed.kind], [ofReading, ofChange]);
      assert.match(read.message, message);
      assert.match(changed.message, message);
    });
  }

  test('418 with a body is an answer: so Octopus says that it does not operate normally', async () => {
    const told = { IsOperatingNormally: false, Description: 'The entire cluster is draining tasks' };
    const shape = { parse: (value: unknown) => value };
    await using served = await serve(async () => json(418, told));
    await using changing = await serve(onChange(json(418, node)));

    assert.deepEqual(await clientOf(served.url).get('/api/serverstatus/health', shape, signal), told);
    assert.equal((await failureOf(clientOf(changing.url).setDrainFlag(node.Id, true, signal))).kind, 'failed');
  });

  test('says which permission is needed', async () => {
    await using served = await serve(onChange(json(403, {})));

    const { hint } = await failureOf(clientOf(served.url).cancelTask('ServerTasks-1', signal));

    assert.match(hint ?? '', /needs the permission TaskCancel/);
  });

  test('a redirect is not followed, so the key goes nowhere else', async () => {
    await using elsewhere = await serve(async () => json(200, node));
    await using served = await serve(async () => ({ status: 307, headers: { Location: elsewhere.url }, body: '' }));

    await failureOf(clientOf(served.url).node(node.Id, signal));

    assert.deepEqual([served.asked.length, elsewhere.asked.length], [1, 0]);
  });

  test('an answer for another node is none', async () => {
    await using served = await serve(async () => json(200, { ...node, Id: 'OctopusServerNodes-other' }));

    assert.match((await failureOf(clientOf(served.url).node(node.Id, signal))).message, /answered for .*-other/);
  });

  test('a list without end is not read', async () => {
    await using served = await serve(async () => json(200, { TotalResults: 3_000_000, Items: [] }));

    assert.match((await failureOf(clientOf(served.url).runningTasks(node.Id, signal))).message, /lists 3000000/);
  });

  test("a task that tells no node is nobody's", async () => {
    const task = { Id: 'ServerTasks-1', State: 'Executing', QueueTime: '2026-01-01T00:00:00Z' };
    await using served = await serve(async () => json(200, { TotalResults: 1, Items: [task] }));

    assert.match((await failureOf(clientOf(served.url).runningTasks(node.Id, signal))).message, /which node runs/);
  });

  test('any JSON is an answer or a failure', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json(), async (body) => {
        const { api } = offline(() => body);
        for (const ask of [api.root, api.nodes, api.serverStatus, api.licenceStatus]) {
          await ask(signal).catch((error: unknown) => assert.ok(error instanceof Failure, String(error)));
        }
        for (const ask of [api.node, api.task, api.runningTasks]) {
          await ask('x', signal).catch((error: unknown) => assert.ok(error instanceof Failure, String(error)));
        }
      }),
    );
  });
});

describe('a server that does not answer', () => {
  test('is unreachable for a reading, and leaves a change unknown', async () => {
    const held: (() => void)[] = [];
    await using served = await serve(
      () => new Promise((resolve) => held.push(() => resolve({ status: 200, body: '' }))),
    );
    const api = clientOf(served.url, { timeout: 2_000 });

    const [read, changed] = await Promise.all([
      failureOf(api.serverStatus(signal)),
      failureOf(api.cancelTask('ServerTasks-1', signal)),
    ]);

    for (const release of held) release();
    assert.deepEqual([read.kind, changed.kind], ['unreachable', 'unknown']);
    assert.match(changed.message, /no answer within 2 s/);
  });

  test('is unreachable also for a change when there is no connection', async () => {
    const { url, ...served } = await serve(onChange(json(200, {})));
    const api = clientOf(url);
    await served[Symbol.asyncDispose]();

    assert.equal((await failureOf(api.cancelTask('ServerTasks-1', signal))).kind, 'unreachable');
  });

  test('leaves a cancel unknown when its answer was cut off', async () => {
    await using served = await serve(onChange(json(200, {})));
    await using cut = await cable(served.port, /^POST /);

    const { kind } = await failureOf(clientOf(cut.url).cancelTask('ServerTasks-1', signal));

    assert.equal(kind, 'unknown');
    assert.deepEqual(served.asked, ['POST /api/tasks/ServerTasks-1/cancel']);
  });
});

describe('the API key', () => {
  const key = 'API-SECRETSECRETSECRET';

  test('is in no error, whatever the server makes of it', async () => {
    const echoes: readonly ServedAnswer[] = [
      ...[400, 401, 403, 500].map((status) => json(status, { ErrorMessage: `bad key ${key}, ${key}` })),
      { status: 200, headers: { 'Content-Type': `text/${key}` }, body: key },
      { status: 302, headers: { Location: `http://${key}.test/${key}` }, body: key },
      { status: 429, headers: { 'Retry-After': key }, body: key },
      json(200, { [key]: key }),
      json(200, { Id: 7, Name: key }),
      json(403, { ErrorMessage: `${key.toLowerCase()} ${'x'.repeat(280)}${key}` }),
    ];
    for (const echo of echoes) {
      await using served = await serve(async () => echo);
      await using changing = await serve(onChange(echo));
      for (const error of [
        await failureOf(clientOf(served.url, { key }).node('x', signal)),
        await rejection(clientOf(changing.url, { key }).setDrainFlag(node.Id, true, signal)),
      ]) {
        assert.doesNotMatch(inspect(error, { depth: 20, showHidden: true }), /SECRETSECRET/i);
      }
    }
  });

  test('is in no error of a connection that breaks', async () => {
    await using served = await serve(onChange(json(200, {})));
    await using cut = await cable(served.port, /./);

    const error = await failureOf(clientOf(cut.url, { key }).node(node.Id, signal));

    assert.doesNotMatch(inspect(error, { depth: 20 }), /SECRETSECRET/);
  });

  test('is read at the first call, once, and again after a failure', async () => {
    await using served = await serve(async () => json(200, node));
    let read = 0;
    const api = clientOf(served.url, {
      onKey() {
        read++;
        if (read === 1) throw new Failure('usage', 'nobody touched the token');
      },
    });

    assert.equal(read, 0);
    await assert.rejects(api.node(node.Id, signal), /nobody touched/);
    await api.node(node.Id, signal);
    await api.node(node.Id, signal);

    assert.equal(read, 2);
  });

  for (const wrong of ['API-A\r\nX-Other: 1', 'API A', 'Schlüssel', 'API-Á']) {
    test(`is none when it is ${JSON.stringify(wrong)}, and is then not sent`, async () => {
      await using served = await serve(async () => json(200, node));

      const error = await failureOf(clientOf(served.url, { key: wrong }).node(node.Id, signal));

      assert.equal(error.kind, 'usage');
      assert.ok(!inspect(error).includes(wrong));
      assert.deepEqual(served.asked, []);
    });
  }

  test('is sent in the clear to this machine only', () => {
    for (const url of ['http://octopus.test', 'http://127.0.0.1.test', 'http://localhost.test:8080']) {
      assert.throws(() => clientOf(url), /everybody on the way could read the API key/);
    }
    for (const url of ['https://octopus.test', 'http://localhost:8080', 'http://[::1]:80/octopus']) clientOf(url);
  });

  test('goes into the header of its name and into nothing else', async () => {
    const { api, sent } = offline(() => JSON.stringify(node));

    await api.setDrainFlag(node.Id, true, signal).catch(() => {});

    assert.deepEqual(
      sent.map(({ method }) => method),
      ['GET', 'PUT', 'GET'],
    );
    for (const { headers, ...rest } of sent) {
      assert.equal(headers?.['X-Octopus-ApiKey'], 'API-KEY');
      assert.doesNotMatch(JSON.stringify(rest), /API-KEY/);
    }
  });
});

describe('a change of a node', () => {
  test('sends back what was read, exactly, but for what is to change', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), fc.nat(), fc.boolean(), async (name, cap, draining) => {
        const read = { ...node, Name: name, MaxConcurrentTasks: cap, IsInMaintenanceMode: draining };
        const { api, sent } = offline(({ method }) => JSON.stringify(method === 'GET' ? read : {}));

        await api.setDrainFlag(node.Id, !draining, signal).catch(() => {});
        await api.setTaskCap(node.Id, cap + 1, signal).catch(() => {});

        const bodies = sent.flatMap(({ method, body = '' }) => (method === 'PUT' ? [JSON.parse(body)] : []));
        assert.deepEqual(bodies, [
          { ...read, IsInMaintenanceMode: !draining },
          { ...read, MaxConcurrentTasks: cap + 1 },
        ]);
      }),
    );
  });
});

describe('an Id', () => {
  test('is one step of the path, whatever it holds', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('..', '.', '', 'a/../b', '%2e%2e', 'a?b#c')),
        async (id) => {
          const { api, sent } = offline(() => JSON.stringify({ ...node, Id: id }));

          await api.deleteNode(id, signal).catch(() => {});
          await api.cancelTask(id, signal).catch(() => {});
          await api.runningTasks(id, signal).catch(() => {});

          for (const { url, method } of sent) {
            const { origin, pathname, hash, searchParams } = new URL(url);
            assert.equal(origin, 'https://octopus.test');
            assert.equal(hash, '');
            if (pathname === '/base/api/tasks') {
              assert.equal(method, 'GET');
              assert.equal(searchParams.get('node'), id);
            } else {
              const [, named = ''] =
                /^\/base\/api\/octopusservernodes\/([^/]+)$/.exec(pathname) ??
                /^\/base\/api\/tasks\/([^/]+)\/cancel$/.exec(pathname) ??
                [];
              assert.equal(decodeURIComponent(named), id);
            }
          }
        },
      ),
    );
  });
});

describe('over TLS', () => {
  test('the server must have a certificate that is trusted, and a named authority is', async () => {
    const { key, certificate } = selfSigned();
    const headers: unknown[] = [];
    const server = createServer({ key, cert: certificate }, (request, response) => {
      headers.push(request.headers['x-octopus-apikey']);
      response.setHeader('Content-Type', 'application/json').end(JSON.stringify(node));
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const url = `https://localhost:${(server.address() as AddressInfo).port}`;
    try {
      const refused = await failureOf(clientOf(url).cancelTask('ServerTasks-1', signal));
      assert.equal(refused.kind, 'unreachable');
      assert.match(refused.message, /self-signed certificate/);
      assert.deepEqual(headers, []);

      assert.equal((await clientOf(url, { ca: certificate, key: 'API-KEY' }).node(node.Id, signal)).name, 'web');
      assert.deepEqual(headers, ['API-KEY']);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
