import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { detachedProcesses } from '../../src/adapters/detached-processes.js';
import { loopbackPorts } from '../../src/adapters/free-ports.js';
import { localPrograms } from '../../src/adapters/local-programs.js';
import { localSockets } from '../../src/adapters/local-sockets.js';
import { nodeHttp } from '../../src/adapters/node-http.js';
import { textFiles } from '../../src/adapters/text-files.js';
import { Failure } from '../../src/errors.js';
import type { BalancedNode } from '../../src/load-balancer/balancer.js';
import { renderFor, timingOf } from '../../src/operations/balancer.js';
import { pageOf } from '../../src/operations/balancer-manager.js';
import { drains } from '../../src/operations/haproxy-socket.js';
import { type KnownBalancer, tellBalancer } from '../../src/operations/tell-balancer.js';
import { balancerPrograms, certificateFolder, missing } from '../support/balancer-programs.js';
import { eventually } from '../support/eventually.js';

const ports = { files: textFiles, programs: localPrograms, sockets: localSockets, http: nodeHttp, timeout: 30_000 };
const endless = () => new AbortController().signal;

/** Answers every ping with 200, so that what happens is the balancer's doing. */
async function upstream(name: string): Promise<{ readonly server: Server; readonly node: BalancedNode }> {
  const server = createServer((_request, response) => response.writeHead(200, { 'Octopus-Node': name }).end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return { server, node: { name, url: `http://127.0.0.1:${port}` } };
}

interface Stand {
  readonly folder: string;
  readonly rendered: string;
  readonly main: string;
  readonly nodes: readonly BalancedNode[];
  readonly url: string;
  answering(requests?: number): Promise<readonly string[]>;
}

/** A real balancer in front of two servers. */
async function withBalancer(
  name: string,
  wishes: (folder: string) => KnownBalancer['wishes'],
  use: (stand: Stand, balancer: KnownBalancer) => Promise<void>,
): Promise<void> {
  const program = balancerPrograms.find((one) => one.name === name);
  assert.ok(program);
  await using folder = await certificateFolder();
  const upstreams = await Promise.all(['web-1', 'web 2'].map(upstream));
  const nodes = upstreams.map(({ node }) => node);
  const [port = 0] = await loopbackPorts.free(1);
  const balancer: KnownBalancer = {
    type: name,
    format: program.live?.format,
    wishes: { listen: `127.0.0.1:${port}`, interval: 500, ...wishes(folder.path) },
  };
  const rendered = join(folder.path, 'rendered.conf');
  await writeFile(rendered, renderFor(balancer, nodes).text);
  const main = await (program.live ?? program).main(folder.path, rendered);
  const started = await detachedProcesses.start(
    { file: program.file ?? '', args: program.run(main) },
    join(folder.path, 'log'),
  );
  const url = `http://127.0.0.1:${port}`;
  const answering = async (requests = 12) => {
    const answers = await Promise.all(
      Array.from({ length: requests }, () => nodeHttp.send({ url, timeout: 5_000 }, endless())),
    );
    return [...new Set(answers.map(({ headers }) => headers['octopus-node'] ?? ''))].toSorted();
  };
  try {
    await eventually(async () => assert.deepEqual(await answering(), ['web 2', 'web-1']));
    await use({ folder: folder.path, rendered, main, nodes, url, answering }, balancer);
  } finally {
    process.kill(started.pid, 'SIGTERM');
    await started.ended;
    for (const { server } of upstreams) server.close().closeAllConnections();
  }
}

const program = (name: string) => balancerPrograms.find((one) => one.name === name) ?? assert.fail(name);

describe('a balancer that reads a file', { skip: missing(program('nginx')) }, () => {
  const told = (stand: Stand, balancer: KnownBalancer, test: readonly string[] | undefined): KnownBalancer => ({
    ...balancer,
    onChange: { file: stand.rendered, test, reload: ['nginx', '-e', 'stderr', '-c', stand.main, '-s', 'reload'] },
  });
  const tests = (stand: Stand) => ['nginx', '-e', 'stderr', '-t', '-c', stand.main];

  test('gets it written, tested and loaded when a node drains and when it is back', async () => {
    await withBalancer(
      'nginx',
      () => ({}),
      async (stand, balancer) => {
        const known = told(stand, balancer, tests(stand));
        const change = { nodes: stand.nodes, node: 'web 2', draining: true };

        assert.match((await tellBalancer(ports, known, change, endless())) ?? '', /was written and loaded$/);
        await eventually(async () => assert.deepEqual(await stand.answering(), ['web-1']));
        const { ino } = await stat(stand.rendered);
        assert.match((await tellBalancer(ports, known, change, endless())) ?? '', /as it should be and was loaded$/);
        assert.equal((await stat(stand.rendered)).ino, ino);

        await tellBalancer(ports, known, { ...change, draining: false }, endless());
        await eventually(async () => assert.deepEqual(await stand.answering(), ['web 2', 'web-1']));
      },
    );
  });

  test('keeps the file and goes on as before when the test fails', async () => {
    await withBalancer(
      'nginx',
      () => ({}),
      async (stand, balancer) => {
        const before = await readFile(stand.rendered, 'utf8');
        await chmod(stand.rendered, 0o600);
        // nginx is asked about a file that is broken whatever is rendered.
        await writeFile(stand.main, `${await readFile(stand.main, 'utf8')}\nbroken`);
        const files = await readdir(stand.folder);

        await assert.rejects(
          tellBalancer(
            ports,
            told(stand, balancer, tests(stand)),
            { nodes: stand.nodes, node: 'web-1', draining: true },
            endless(),
          ),
          (error) =>
            error instanceof Failure &&
            error.kind === 'failed' &&
            /the test of .*exit 1\)(.|\n)*unexpected end of file/.test(error.message),
        );

        assert.equal(await readFile(stand.rendered, 'utf8'), before);
        assert.equal((await stat(stand.rendered)).mode & 0o777, 0o600);
        assert.deepEqual(await readdir(stand.folder), files);
        assert.deepEqual(await stand.answering(), ['web 2', 'web-1']);
      },
    );
  });

  test('leaves no new file when the reload fails, keeps it when nobody knows, and says which program is missing', async () => {
    await using folder = await certificateFolder();
    const file = join(folder.path, 'new.conf');
    const nodes = [{ name: 'web-1', url: 'http://10.0.0.1' }];
    const known = (reload: readonly string[]): KnownBalancer => ({
      type: 'nginx',
      wishes: {},
      onChange: { file, reload },
    });
    const change = { nodes, node: 'web-1', draining: true };

    await assert.rejects(
      tellBalancer(ports, known(['false']), change, endless()),
      /the reload of .* failed \(false, exit 1\)/,
    );
    await assert.rejects(
      tellBalancer(ports, known(['no-such-program']), change, endless()),
      /there is no program no-such-program/,
    );
    assert.ok(!(await readdir(folder.path)).includes('new.conf'));
    await assert.rejects(
      tellBalancer({ ...ports, timeout: 50 }, known(['sleep', '60']), change, endless()),
      (error) => error instanceof Failure && error.kind === 'deadline',
    );

    // It may have been loaded.
    assert.ok((await readdir(folder.path)).includes('new.conf'));
  });

  test('is not told of what it does not know, nor where nothing is to be done', async () => {
    const nodes = [{ name: 'web-1', url: 'http://10.0.0.1' }];
    const known: KnownBalancer = { type: 'nginx', wishes: {} };

    assert.equal(await tellBalancer(ports, known, { nodes, node: 'web-1', draining: true }, endless()), undefined);
    await assert.rejects(
      tellBalancer(
        ports,
        { ...known, onChange: { file: 'x', reload: ['true'] } },
        { nodes, node: 'web-9', draining: true },
        endless(),
      ),
      /does not know the node web-9/,
    );
  });
});

describe("HAProxy's runtime API", { skip: missing(program('haproxy')) }, () => {
  test('takes a node out and brings it back', async () => {
    await withBalancer(
      'haproxy',
      (folder) => ({ socket: join(folder, 'admin.sock') }),
      async (stand, balancer) => {
        const known: KnownBalancer = { ...balancer, onChange: { haproxySocket: join(stand.folder, 'admin.sock') } };
        const change = { nodes: stand.nodes, node: 'web 2', draining: true };

        assert.equal(
          await tellBalancer(ports, known, change, endless()),
          'HAProxy has octopus_nodes/web:20:2 as drain',
        );
        assert.equal(
          await tellBalancer(ports, known, change, endless()),
          'HAProxy has octopus_nodes/web:20:2 as drain',
        );
        assert.deepEqual(await stand.answering(), ['web-1']);

        await tellBalancer(ports, known, { ...change, draining: false }, endless());
        assert.deepEqual(await stand.answering(), ['web 2', 'web-1']);
      },
    );
  });

  test('is refused by name when the backend or the socket is another one', async () => {
    await withBalancer(
      'haproxy',
      (folder) => ({ socket: join(folder, 'admin.sock') }),
      async (stand, balancer) => {
        const haproxySocket = join(stand.folder, 'admin.sock');
        const change = { nodes: stand.nodes, node: 'web-1', draining: true };
        const tell = (onChange: KnownBalancer['onChange']) =>
          tellBalancer(ports, { ...balancer, onChange }, change, endless());

        await assert.rejects(
          tell({ haproxySocket, backend: 'others' }),
          /HAProxy does not set others\/web-1 to drain: No such/,
        );
        await assert.rejects(tell({ haproxySocket, backend: 'a; shutdown' }), /is no backend/);
        await assert.rejects(
          tell({ haproxySocket: join(stand.folder, 'nobody.sock') }),
          (error) => error instanceof Failure && error.kind === 'unreachable' && error.message.includes('nobody.sock'),
        );
      },
    );
  });

  test('has a table whose columns are found by their names', () => {
    const table =
      '1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state\n3 b 1 web-1 ::1 2 8\n3 b 2 web-2 ::1 2 0\n\n';

    assert.deepEqual(
      [drains(table, 'web-1'), drains(table, 'web-2'), drains(table, 'web-3'), drains('', 'web-1')],
      [true, false, undefined, undefined],
    );
  });
});

describe("Apache's balancer-manager", { skip: missing(program('apache')) }, () => {
  test('takes a node out and brings it back', async () => {
    await withBalancer(
      'apache',
      () => ({ manager: true }),
      async (stand, balancer) => {
        const known: KnownBalancer = { ...balancer, onChange: { balancerManager: `${stand.url}/balancer-manager` } };
        const change = { nodes: stand.nodes, node: 'web 2', draining: true };

        const done = await tellBalancer(ports, known, change, endless());
        assert.equal(done, `Apache has ${stand.nodes[1]?.url} as draining`);
        assert.equal(await tellBalancer(ports, known, change, endless()), done);
        assert.deepEqual(await stand.answering(), ['web-1']);

        await tellBalancer(ports, known, { ...change, draining: false }, endless());
        assert.deepEqual(await stand.answering(), ['web 2', 'web-1']);
      },
    );
  });

  test('is refused by name when the page or the member is another one', async () => {
    await withBalancer(
      'apache',
      () => ({ manager: true }),
      async (stand, balancer) => {
        const change = { nodes: [{ name: 'web-1', url: 'http://10.0.0.1' }], node: 'web-1', draining: true };
        const tell = (balancerManager: string) =>
          tellBalancer(ports, { ...balancer, onChange: { balancerManager } }, change, endless());

        await assert.rejects(
          tell(`${stand.url}/balancer-manager`),
          /has no member http:\/\/10\.0\.0\.1:80 in the balancer octopus: http/,
        );
        await assert.rejects(tell(`${stand.url}/elsewhere`), /the page is no balancer-manager/);
      },
    );
  });

  test('has a page without a nonce where nothing can be changed', () => {
    assert.throws(() => pageOf('<html></html>', 'octopus'), /no balancer-manager/);
  });
});

describe('the time that a balancer takes', () => {
  test('is that of its renderer, or what the context says, or a minute', () => {
    const wishes = { interval: 1_000, fall: 3, rise: 2 };

    assert.deepEqual(timingOf({ type: 'haproxy', wishes }), { outAfter: 4_000, inAfter: 3_000, noticed: true });
    assert.deepEqual(timingOf({ type: 'haproxy', wishes, outAfter: 9_000 }).outAfter, 9_000);
  });

  test('is no time at all where nobody tells one that asks no pings', () => {
    assert.equal(timingOf({ type: 'nginx', wishes: {} }).noticed, false);
    assert.equal(timingOf({ type: 'nginx', wishes: {}, onChange: { file: 'x', reload: ['true'] } }).noticed, true);
  });
});
