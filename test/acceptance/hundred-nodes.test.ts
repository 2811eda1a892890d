import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer as createWebServer } from 'node:http';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { openSqlite } from '../../src/adapters/sqlite/session.js';
import { newSshKey } from '../../src/adapters/ssh/new-key.js';
import { sshServers } from '../../src/adapters/ssh/ssh-server.js';
import { systemClock } from '../../src/adapters/system-clock.js';
import { checks } from '../../src/checks/index.js';
import { builtCli } from '../support/built-cli.js';
import { sqliteCluster } from '../support/sqlite-cluster.js';

const names = Array.from({ length: 100 }, (_, i) => `web-${i + 1}`);
const dead = 'web-50';

/** There and back. */
const distance = 50;

/** What the probe of a machine answers, kept short: so many shells at once would measure this machine. */
const answer = JSON.stringify({
  ...{ os: 'linux', osName: '~Debian', osVersion: '~12', host: '~h', user: '~root', utcOffsetMinutes: 0 },
  ...{ timeSynchronised: true, uptimeSeconds: 90_000, rebootPending: false, processors: 8, load: 0.1 },
  ...{
    memoryBytes: 32e9,
    memoryAvailableBytes: 16e9,
    folders: [],
    listening: [443],
    pollers: [],
    reach: [],
    names: [],
  },
  service: { state: '~running', automatic: true, account: '~', restarts: 0 },
  ...{ watchdog: null, instances: 1, nodeName: '~', databaseServer: '~', databaseName: '~', home: '~', version: '~' },
  ...{ proxy: '~', log: null },
});
const probe = `cat >/dev/null; printf 'octo-ha-probe:{"clock":%s000,%s\\n' "$(date +%s)" '${answer.slice(1)}'`;

interface Listening extends AsyncDisposable {
  readonly port: number;
}

async function listening(serve: (socket: Socket) => void): Promise<Listening> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    serve(socket);
  });
  await once(server.listen(0, '127.0.0.1', 1_024), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((done) => server.close(() => done()));
    },
  };
}

/** Passes on what it gets, half of the distance later in each direction. */
const distant = (port: number): Promise<Listening> =>
  listening((near) => {
    const far = connect(port, '127.0.0.1');
    far.on('error', () => near.destroy());
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on('data', (data) => void setTimeout(() => to.write(data), distance / 2));
      from.on('close', () => void setTimeout(() => to.destroy(), distance / 2));
    }
  });

/** Takes connections and never says a word. */
const silent = (): Promise<Listening> => listening(() => {});

/** Every node's own ping, by the first part of the path. */
async function pings(): Promise<Listening> {
  const server = createWebServer((request, response) => {
    const [, name = ''] = (request.url ?? '').split('/');
    response.setHeader('Content-Type', 'application/json');
    response.end(
      JSON.stringify({ Id: `OctopusServerNodes-${name}`, Name: name, IsInMaintenanceMode: false, IsOffline: false }),
    );
  });
  await once(server.listen(0, '127.0.0.1', 1_024), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((done) => server.close(() => done()));
    },
  };
}

interface Result {
  readonly id: string;
  readonly node: string | null;
  readonly status: string;
  readonly problem: string | null;
  readonly durationMs: number;
}

interface Run {
  readonly results: readonly Result[];
  readonly durationMs: number;
  /** The most memory that the process had, in bytes. */
  readonly memory: number;
}

/** The whole of `octo-ha doctor` over a hundred registered nodes, each behind its distance. */
async function doctor({
  hangs,
  options = '',
}: {
  readonly hangs?: string;
  readonly options?: string;
} = {}): Promise<Run> {
  const directory = await mkdtemp(join(tmpdir(), 'octo-ha-hundred-'));
  try {
    const [hostKey, clientKey] = await Promise.all([newSshKey(), newSshKey()]);
    await using behind = await silent();
    const free = behind.port;
    await using far = await (async () => {
      const { port, ...reserved } = await listening(() => {});
      await reserved[Symbol.asyncDispose]();
      const server = await sshServers.listen({
        ...{ port, hostKey: hostKey.private, user: 'octo', clientKey: clientKey.public },
        commandFor: () => ({ line: probe, environment: { PATH: process.env['PATH'] ?? '' }, directory: '/' }),
      });
      return { port, [Symbol.asyncDispose]: () => server.stop() };
    })();
    await using ssh = await distant(far.port);
    await using web = await pings();
    await using webFar = await distant(web.port);
    await using cluster = await sqliteCluster(names);

    const key = join(directory, 'key');
    await writeFile(key, clientKey.private, { mode: 0o600 });
    await writeFile(join(directory, 'known_hosts'), names.map((name) => `${name} ${hostKey.public}\n`).join(''));
    const hosts = names.map(
      (name) =>
        `Host ${name}\n  HostName 127.0.0.1\n  Port ${name === hangs ? free : ssh.port}\n  HostKeyAlias ${name}\n  User octo\n` +
        `  IdentityFile ${key}\n  IdentitiesOnly yes\n  IdentityAgent none\n  UserKnownHostsFile ${directory}/known_hosts\n`,
    );
    await writeFile(join(directory, 'config'), hosts.join('\n'));
    const [, database = ''] = /directory: (\S+)/.exec(cluster.context) ?? [];
    await using session = openSqlite({ directory: database, clock: systemClock });
    const steps = names.flatMap((name) => [
      {
        sql: 'INSERT INTO octo_ha.node (node_id, url) VALUES (?, ?)',
        parameters: [`OctopusServerNodes-${name}`, `http://127.0.0.1:${name === hangs ? free : webFar.port}/${name}/`],
        expects: 1,
      },
      {
        sql: 'INSERT INTO octo_ha.machine (node_id, address) VALUES (?, ?)',
        parameters: [
          `OctopusServerNodes-${name}`,
          JSON.stringify({
            ...{ host: name, manager: 'systemd', service: 'octopus', instance: 'OctopusServer' },
            hostKeys: [hostKey.fingerprint],
          }),
        ],
        expects: 1,
      },
    ]);
    await session.change(steps, new AbortController().signal);

    const peak = join(directory, 'peak');
    const measuring = `import { writeFileSync } from 'node:fs'; process.on('exit', () => writeFileSync(${JSON.stringify(peak)}, String(process.resourceUsage().maxRSS)));`;
    await using cli = await builtCli({
      context: `${cluster.context}    ssh: { config: ${directory}/config }\n`,
      extra: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(measuring)}` },
    });
    const { stdout, stderr } = await cli.run(`doctor --json --fail-on never ${options}`);
    assert.ok(stdout.startsWith('{'), stderr);
    const { results, durationMs } = JSON.parse(stdout) as Omit<Run, 'memory'>;
    return { results, durationMs, memory: 1_024 * Number(await readFile(peak, 'utf8')) };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

const needs = new Map<string, readonly string[]>(checks.map((check) => [check.id, check.needs ?? []]));

/** The longest way through what was needed, as measured in this very run. */
function slowestChain(results: readonly Result[]): number {
  const known = new Map<string, number>();
  const until = (id: string, node: string | null): number => {
    const key = `${id} ${node}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const own = results.filter((one) => one.id === id && (node === null || one.node === null || one.node === node));
    const longest = Math.max(0, ...own.map(({ durationMs }) => durationMs));
    const value = longest + Math.max(0, ...(needs.get(id) ?? []).map((need) => until(need, node)));
    known.set(key, value);
    return value;
  };
  return Math.max(...results.map(({ id, node }) => until(id, node)));
}

describe('doctor over a hundred nodes, 50 ms away by SSH', {
  skip: process.platform === 'win32' && 'POSIX shells',
}, () => {
  test('takes at most twice its slowest chain of checks, and less than 300 MB', async (t) => {
    const { results, durationMs, memory } = await doctor({ options: '--check-deadline 60s' });

    const looked = results.filter(({ id, status }) => id === 'nodes/machine' && status === 'pass');
    assert.equal(
      looked.length,
      names.length,
      results.find(({ id, status }) => id === 'nodes/machine' && status !== 'pass')?.problem ?? '',
    );
    assert.equal(results.filter(({ id, status }) => id === 'nodes/ping' && status === 'pass').length, names.length);
    const chain = slowestChain(results);
    const told = `${durationMs} ms for a chain of ${chain} ms, ${Math.round(memory / 1e6)} MB`;
    t.diagnostic(told);
    assert.ok(chain >= distance, told);
    assert.ok(durationMs <= 2 * chain, told);
    assert.ok(memory < 300e6, told);
  });

  test('is delayed by a dead one, whose connections hang, by no more than one deadline', async (t) => {
    const deadline = 25_000;
    const { results, durationMs } = await doctor({ hangs: dead, options: `--check-deadline ${deadline / 1_000}s` });

    const ofIt = results.filter(({ node, status }) => node === dead && status === 'unknown');
    assert.ok(
      ofIt.some(({ id }) => id === 'nodes/machine'),
      JSON.stringify(ofIt),
    );
    const others = results.filter(({ id, node }) => id === 'nodes/machine' && node !== dead);
    assert.ok(others.every(({ status }) => status === 'pass'));
    assert.deepEqual(
      results.filter(({ status }) => status === 'crash'),
      [],
    );
    const chain = slowestChain(results.filter(({ node }) => node !== dead));
    const told = `${durationMs} ms: a deadline of ${deadline} ms, and a chain of ${chain} ms without it`;
    t.diagnostic(told);
    assert.ok(durationMs <= deadline + 2 * chain, told);
  });
});
