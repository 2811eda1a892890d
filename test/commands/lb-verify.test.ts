import assert from 'node:assert/strict';
import { once, setMaxListeners } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { sql } from 'kysely';
import { detachedProcesses } from '../../src/adapters/detached-processes.js';
import { loopbackPorts } from '../../src/adapters/free-ports.js';
import { nodeHttp } from '../../src/adapters/node-http.js';
import { nodeNetwork } from '../../src/adapters/node-network.js';
import { pingPath } from '../../src/load-balancer/balancer.js';
import { balancers } from '../../src/load-balancer/index.js';
import { renderBalancer } from '../../src/load-balancer/render.js';
import type { Http } from '../../src/ports/http.js';
import type { Network, ShownCertificate } from '../../src/ports/network.js';
import { type BalancerProgram, balancerPrograms, missing } from '../support/balancer-programs.js';
import { eventually } from '../support/eventually.js';
import { World } from '../support/world.js';

const slow = '/slow';
/** Longer than what the slow page is waited for. */
const silence = 3_000;
const key = 'API-KEY';

/** A node that redirects to the Host it was asked for, wants a login for uploads, and is slow on one page. */
function answer(name: string, drained: () => boolean, incoming: IncomingMessage, response: ServerResponse): void {
  const { url = '', method, headers } = incoming;
  response.setHeader('Octopus-Node', name);
  if (url === pingPath) {
    response.statusCode = drained() ? 418 : 200;
    return void response.end(JSON.stringify({ Name: name, IsInMaintenanceMode: drained() }));
  }
  if (url === slow) return void setTimeout(() => response.end(), silence);
  if (method === 'POST') {
    const status = headers['x-octopus-apikey'] === key ? 200 : 401;
    return void incoming.resume().on('end', () => response.writeHead(status).end());
  }
  const proto = headers['x-forwarded-proto'] ?? 'http';
  response.writeHead(url === '/' ? 302 : 200, url === '/' ? { Location: `${proto}://${headers.host}/app` } : {}).end();
}

interface Stand extends AsyncDisposable {
  readonly world: World;
  readonly url: string;
  readonly drained: Set<string>;
  /** How many requests came to the nodes, the balancer's own pings left aside. */
  asked(): number;
}

/** A real balancer in front of two nodes of a cluster. */
async function stand(
  program: BalancerProgram,
  configuration: (servers: readonly string[], port: number) => string,
): Promise<Stand> {
  const ends: (() => unknown)[] = [];
  const dispose = async () => {
    for (const end of ends.toReversed()) await end();
  };
  const drained = new Set<string>();
  let asked = 0;
  try {
    const world = await World.create([{ name: 'web-1' }, { name: 'web-2' }]);
    ends.push(() => world[Symbol.asyncDispose]());
    const folder = await mkdtemp(join(tmpdir(), `octo-ha-verify-${program.name}-`));
    ends.push(() => rm(folder, { recursive: true, force: true }));
    const servers: string[] = [];
    for (const name of ['web-1', 'web-2']) {
      const server = createServer((incoming, response) => {
        if (incoming.url !== pingPath || incoming.headers['x-forwarded-for'] !== undefined) asked++;
        answer(name, () => drained.has(name), incoming, response);
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      ends.push(() => server.close().closeAllConnections());
      servers.push(`127.0.0.1:${(server.address() as { port: number }).port}`);
    }
    const [port = 0] = await loopbackPorts.free(1);
    const rendered = join(folder, 'rendered.conf');
    await writeFile(rendered, configuration(servers, port));
    const main = await (program.live ?? program).main(folder, rendered);
    const started = { file: program.file ?? '', args: program.run(main) };
    const { pid, ended } = await detachedProcesses.start(started, join(folder, 'log'));
    let runs = true;
    const over = ended.then(() => {
      runs = false;
    });
    ends.push(async () => {
      if (runs) process.kill(pid, 'SIGTERM');
      await over;
    });
    const url = `http://127.0.0.1:${port}`;
    const { signal } = new AbortController();
    const seen = new Set<string | undefined>();
    await eventually(async () => {
      seen.add((await nodeHttp.send({ url: `${url}${pingPath}`, timeout: 5_000 }, signal)).headers['octopus-node']);
      assert.ok(seen.has('web-2') && (seen.has('web-1') || configuration === tied));
    });
    return { world, url, drained, asked: () => asked, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

interface Output {
  readonly sent: { readonly requests: number; readonly connections: number };
  readonly pings: number;
  readonly nodes: readonly { name: string; state: string; answers: number }[];
  readonly results: readonly { id: string; status: string; problem: string | null }[];
}

/** Nothing listens where polling Tentacles would come. */
const withoutPolling: Network = {
  ...nodeNetwork,
  connect: (host, port, signal) => nodeNetwork.connect(host, port === 10_943 ? 1 : port, signal),
};

/** The clock of the world stands still while something real is waited for. */
const timed = (world: World): Http => ({
  async send(request, signal) {
    // As many listen as there are requests at once.
    setMaxListeners(0, signal);
    const begun = Date.now();
    try {
      return await nodeHttp.send(request, signal);
    } finally {
      if (request.url.endsWith(slow)) await world.pass(Date.now() - begun);
    }
  },
});

async function verify({ world, url }: Stand, more = '', network = withoutPolling) {
  const { code, stdout, stderr } = await world.run(`lb verify --url ${url} --json ${more}`.trim(), {
    http: timed(world),
    network,
  });
  assert.ok(stdout.startsWith('{'), stderr);
  const output = JSON.parse(stdout) as Output;
  const of = (id: string) => {
    const found = output.results.find((result) => result.id === `load-balancer/${id}`);
    return `${found?.status}: ${found?.problem}`;
  };
  return { code, output, of };
}

const rendered = (name: string) => (servers: readonly string[], port: number) =>
  renderBalancer(
    balancers.get(name) ?? assert.fail(),
    servers.map((server, i) => ({ name: `web-${i + 1}`, url: `http://${server}` })),
    { listen: `127.0.0.1:${port}`, interval: 500 },
    { origin: 'a test', format: balancerPrograms.find((one) => one.name === name)?.live?.format },
  );

/** What people start from, and a limit on the wait that is as short as a test. */
const careless = (servers: readonly string[], port: number) => `
upstream octopusdeploy {
${servers.map((server) => `    server ${server};`).join('\n')}
}
server {
    listen 127.0.0.1:${port};
    location / {
        proxy_pass http://octopusdeploy;
        proxy_redirect off;
        proxy_read_timeout 500ms;
    }
}
`;

/** It ties clients to a node by their address. */
const tied = (servers: readonly string[], port: number) =>
  careless(servers, port).replace('upstream octopusdeploy {', 'upstream octopusdeploy {\n    hash $remote_addr;');

const programOf = (name: string) => balancerPrograms.find((one) => one.name === name) ?? assert.fail(name);
const impatient = `--slow-path ${slow} --limit longRequest=2s`;

describe('lb verify', () => {
  for (const program of balancerPrograms) {
    test(`finds nothing in what octo-ha renders for ${program.name}, and says what it has sent`, {
      skip: missing(program),
      timeout: 60_000,
    }, async () => {
      await using place = await stand(program, rendered(program.name));
      const before = place.asked();

      const { code, output, of } = await verify(place, `--requests 20 ${impatient} --fail-on warn`);

      assert.equal(code, 0, JSON.stringify(output.results));
      for (const id of ['answers', 'every-node', 'fair', 'not-sticky', 'uploads', 'host', 'long-requests']) {
        assert.equal(of(id), 'pass: null');
      }
      assert.match(of('polling-unread'), /skip: .*10943 is closed/);
      assert.deepEqual(
        output.nodes.map(({ name, state }) => `${name} ${state}`),
        ['web-1 running', 'web-2 running'],
      );
      assert.equal(output.pings, 20);
      assert.equal(
        output.nodes.reduce((sum, { answers }) => sum + answers, 0),
        20,
      );
      // Some of those with a body are answered by the balancer itself.
      const came = place.asked() - before;
      assert.ok(came <= output.sent.requests && came >= 20, `${came} of ${output.sent.requests}`);
      assert.ok(output.sent.requests <= 20 + 12, String(output.sent.requests));
    });
  }

  test('finds what is wrong with the configuration people start from', {
    skip: missing(programOf('nginx')),
    timeout: 60_000,
  }, async () => {
    await using place = await stand(programOf('nginx'), careless);
    place.drained.add('web-2');
    await place.world.setFlag('web-2', true);

    const { code, output, of } = await verify(place, impatient);

    assert.equal(code, 4);
    assert.match(of('host'), /^fail: GET \/ leads to http:\/\/octopusdeploy$/);
    assert.match(of('uploads'), /^fail: 5 GB are refused with 413; 1 MB is let through$/);
    assert.match(of('long-requests'), /^fail: \/slow was given up after \S+ with 504$/);
    assert.match(of('drained-left-out'), /^fail: requests came to web-2, drained$/);
    // Once a slow request was given up, nginx may take both for dead for a moment, which is its 502.
    assert.match(of('answers'), /^fail: \d+ of 40 requests were answered with 418(, 502)?$/);
    assert.equal(output.nodes.find(({ name }) => name === 'web-2')?.state, 'drained');
  });

  test('tells a drain that the balancer has not noticed yet from one that it does not notice', {
    skip: missing(programOf('nginx')),
    timeout: 60_000,
  }, async () => {
    await using place = await stand(programOf('nginx'), careless);
    place.drained.add('web-2');
    await place.world.setFlag('web-2', true);
    const { world } = place;
    await world.execute([
      sql`INSERT INTO octo_ha.hold (node_id, who, why, since) VALUES
        ('OctopusServerNodes-web-2', 'anna@desk', 'patches', ${world.now})`,
      sql`INSERT INTO octo_ha.setting (name, value) VALUES ('lb.outAfter', '5000')`,
    ]);

    assert.match((await verify(place)).of('drained-left-out'), /^warn: web-2 is drained for 0ms and gets requests/);
    await world.pass(6_000);
    assert.match((await verify(place)).of('drained-left-out'), /^fail/);
    // It looks again and again, and gives up when the time is over.
    assert.match((await verify(place, '--wait 20s')).of('drained-left-out'), /^fail/);
    await world.setFlag('web-2', false);
    place.drained.clear();
    assert.match((await verify(place)).of('drained-left-out'), /^skip: no node is drained/);
    assert.match((await verify(place)).of('every-node'), /^pass/);
  });

  test('sees that clients are tied to a node by their address', {
    skip: missing(programOf('nginx')),
    timeout: 60_000,
  }, async () => {
    await using place = await stand(programOf('nginx'), tied);

    const { of } = await verify(place);

    assert.match(of('not-sticky'), /^warn: every request from this machine came to web-\d: by its address/);
    assert.match(of('every-node'), /^fail/);
  });

  test('sees that TLS of polling Tentacles is ended by the balancer', async () => {
    await using world = await World.create([{ name: 'web-1' }]);
    const certificate = (sha256: string) =>
      ({ sha256, subject: sha256, distrust: 'self-signed', matches: true, names: [] }) as unknown as ShownCertificate;
    const shows = (there: string): Network => ({
      lookup: async () => ['192.0.2.1'],
      connect: async () => {},
      certificate: async (host, port) =>
        certificate(port !== 10_943 ? 'portal' : host === 'web-1.test' ? 'own' : there),
    });
    const place = { world, url: 'https://octopus.example.com' } as Stand;

    assert.match(
      (await verifyWithout(place, shows('portal'))).of('polling-unread'),
      /^fail: it shows the certificate of the portal/,
    );
    assert.match(
      (await verifyWithout(place, shows('other'))).of('polling-unread'),
      /^fail: .* the certificate of no node/,
    );
    assert.match((await verifyWithout(place, shows('own'))).of('polling-unread'), /^pass/);
  });

  test('wants an address that is one', async () => {
    await using world = await World.create([{ name: 'web-1' }]);

    assert.match((await world.run('lb verify --url octopus.example.com')).stderr, /is no web address/);
    assert.match((await world.run('lb verify')).stderr, /web address is not known[\s\S]*--url/);
    assert.match((await world.run('lb verify --url http://a --slow-path slow')).stderr, /is no path/);
    for (const line of ['--url octopus', '', '--slow-path slow']) {
      assert.equal((await world.run(`lb verify ${line}`)).code, 2);
    }
  });

  test('puts aside what is put aside for doctor, and is silent on what is said of other checks', async () => {
    await using world = await World.create([{ name: 'web-1' }]);
    const entry = (check: string, expires: string) =>
      `  - { check: ${check}, reason: being moved, owner: anna, expires: ${expires} }\n`;
    const texts: Readonly<Record<string, string>> = {
      'now.yaml': `suppressions:\n${entry('load-balancer/reachable', '2026-03-01')}${entry('nodes/enough', '2026-01-01')}`,
      'over.yaml': `suppressions:\n${entry('load-balancer/reachable', '2026-02-28')}`,
    };
    const configuration = {
      contexts: { test: { database: { engine: 'sqlite', directory: 'x' }, doctor: { suppressions: 'now.yaml' } } },
    } as const;
    const files = { read: async (path: string) => texts[path] ?? '', write: async () => {} };
    const options = { http: nodeHttp, network: nodeNetwork, configuration, files };
    const line = 'lb verify --url http://127.0.0.1:1';

    const put = await world.run(line, options);
    assert.equal(put.code, 0, put.stdout);
    assert.match(put.stdout, /load-balancer\/reachable .*suppressed until the end of 2026-03-01 by anna: being moved/);
    assert.doesNotMatch(put.stdout, /nodes\/enough/);

    const over = await world.run(`${line} --suppressions over.yaml`, options);
    assert.equal(over.code, 4);
    assert.match(
      over.stdout,
      /octo-ha\/suppressions .*load-balancer\/reachable of anna has expired at the end of 2026-02-28/,
    );
  });

  test('tells as well where nobody listens', async () => {
    await using world = await World.create([{ name: 'web-1' }]);

    const options = { http: nodeHttp, network: nodeNetwork };
    const { code, stdout } = await world.run('lb verify --url http://127.0.0.1:1', options);

    assert.equal(code, 4);
    assert.match(stdout, /× load-balancer\/reachable cannot reach 127\.0\.0\.1:1/);
    assert.match(stdout, /0 requests and 1 connection were sent to http:\/\/127\.0\.0\.1:1$/m);
  });
});

/** The requests go to nobody. */
async function verifyWithout({ world, url }: Stand, network: Network) {
  const { stdout } = await world.run(`lb verify --url ${url} --json`, { network });
  const { results } = JSON.parse(stdout) as Output;
  const of = (id: string) => {
    const found = results.find((result) => result.id === `load-balancer/${id}`);
    return `${found?.status}: ${found?.problem}`;
  };
  return { of };
}
