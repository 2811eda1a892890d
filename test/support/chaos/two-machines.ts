import assert from 'node:assert/strict';
import { once, setMaxListeners } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { sql } from 'kysely';
import { systemClock } from '../../../src/adapters/system-clock.js';
import { checks } from '../../../src/checks/index.js';
import { ownLimits } from '../../../src/checks/limits.js';
import { isProblem } from '../../../src/checks/outcome.js';
import { configurationFileText } from '../../../src/lab/machine/configuration-file.js';
import type { Cluster } from '../../../src/operations/cluster.js';
import { diagnose } from '../../../src/setup/diagnose.js';
import { worldOf } from '../../../src/setup/world-of.js';
import { engines } from '../engines.js';
import { insertNode } from '../octopus-rows.js';
import { createTables, octopusShapes } from '../octopus-shapes.js';
import { makeKeys } from '../open-ssh.js';
import { type FileServer, fileServer, type Mount, mountPoint, type OwnMachine, ownMachine } from '../own-machine.js';

const { signal } = new AbortController();
setMaxListeners(0, signal);

const shape = octopusShapes.find(({ name }) => name === '2021 and later');
const [engine] = engines;
const folders = ['Artifacts', 'TaskLogs'];
const day = 86_400;

/** As systemd's own says it, of a unit that runs. */
export const systemctl = (more: Readonly<Record<string, string>> = {}): string => {
  const unit = {
    LoadState: 'loaded',
    ActiveState: 'active',
    UnitFileState: 'enabled',
    NRestarts: '0',
    User: 'octopus',
  };
  const lines = Object.entries({ ...unit, ...more }).map(([name, value]) => `${name}=${value}\n`);
  return `#!/bin/sh\ncat <<end\n${lines.join('')}end\n`;
};

export const timedatectl = (answer: 'yes' | 'no'): string => `#!/bin/sh\necho ${answer}\n`;

export const processors = (count: number): string =>
  Array.from({ length: count }, (_, i) => `processor\t: ${i}\nmodel name\t: a processor\n\n`).join('');

export const memory = (total: number, available: number): string =>
  `MemTotal:       ${total * 1024 ** 2} kB\nMemFree:        1024 kB\nMemAvailable:   ${available * 1024 ** 2} kB\n`;

export const debian = (version: string): string => `NAME="Debian GNU/Linux"\nVERSION_ID="${version}"\nID=debian\n`;

export const configuration = 'home/octopus/.octopus/OctopusServer/Server/Server.linux.config';

export const configured = (nodeName: string, database: string, server = 'sql.test') =>
  configurationFileText({
    ...{ name: 'OctopusServer', nodeName, home: '/octopus', taskCap: 5, configured: {} },
    database: `Server=${server};Database=${database};User ID=octopus`,
  });

/** Names of hosts; the balancer's second address is another server's, which listens too. */
export const hosts = (balancer = '127.0.0.1'): string =>
  `127.0.0.1 localhost\n127.0.0.1 sql.test\n${balancer} octopus.test\n`;

/** Folders with the same names in them, whatever else is in their file system. */
const filled = (folder: string): string =>
  folders
    .map(
      (name) =>
        `mkdir -p ${folder}/${name}; touch ${[1, 2, 3].map((i) => `${folder}/${name}/servertasks-${i}.txt`).join(' ')}`,
    )
    .join('; ');

const disk = (folder: string, size: string): string =>
  `mkdir -p ${folder}; mount -t tmpfs -o size=${size} tmpfs ${folder}`;

/** Two nodes whose machines are alike, each with surroundings of its own, and a share of a file server on both. */
export interface TwoMachines extends AsyncDisposable {
  readonly first: OwnMachine;
  readonly second: OwnMachine;
  /** The file server, and another one that has the same folder. */
  readonly files: FileServer;
  readonly other: FileServer;
  /** The database of the cluster, by its name. */
  readonly database: string;
  /** A folder of this machine with the same names in it as the share. */
  readonly local: string;
  mountOnBoth(what: Mount): Promise<void>;
  /** Puts another machine in the place of the second, which was started just now. */
  restarted(): Promise<void>;
  /** As it was at first. */
  mend(): Promise<void>;
  /** What doctor finds among what it looks at on a machine, or compares between machines, in its order. */
  found(): Promise<readonly string[]>;
}

export async function twoMachines(): Promise<TwoMachines> {
  const left: AsyncDisposable[] = [];
  const kept = async <T extends AsyncDisposable>(made: Promise<T>): Promise<T> => {
    const one = await made;
    left.unshift(one);
    return one;
  };
  const dispose = async () => {
    for (const one of left.splice(0)) await one[Symbol.asyncDispose]();
  };
  try {
    return await stand(kept, dispose);
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function stand(
  kept: <T extends AsyncDisposable>(made: Promise<T>) => Promise<T>,
  dispose: () => Promise<void>,
): Promise<TwoMachines> {
  assert.ok(shape && engine);
  const keys = await kept(makeKeys());
  const created = await kept(engine.create());
  await created.execute(createTables(shape));
  await created.execute(['web-1', 'web-2'].flatMap((name) => insertNode(shape, { name, lastSeen: new Date() })));
  await created.migrate();
  await created.execute(
    ['web-1', 'web-2'].map((name) => {
      const address = { host: name, manager: 'systemd', service: 'octopus', instance: 'OctopusServer', hostKeys: [] };
      return sql`INSERT INTO octo_ha.machine (node_id, address)
        VALUES (${`OctopusServerNodes-${name}`}, ${JSON.stringify(address)})`;
    }),
  );
  const { database } = await created.open().catalogue(signal);
  const { port } = await kept(balancers());
  const files = await kept(
    fileServer(
      keys,
      'files',
      [
        ...[disk('/srv', '40g'), filled('/srv/octopus'), filled('/srv/copy')],
        ...[disk('/srv/small', '16m'), filled('/srv/small'), 'head -c 16000000 /dev/zero >/srv/small/full'],
      ].join('; '),
    ),
  );
  const other = await kept(
    fileServer(keys, 'other', `${disk('/srv', '60g')}; ${filled('/srv/octopus')}`, files.hostKeys),
  );
  const local = keys.path('local');
  for (const name of folders) {
    await mkdir(`${local}/${name}`, { recursive: true });
    await writeFile(`${local}/${name}/servertasks-1.txt`, '');
  }
  const share: Mount = { remote: 'files:/srv/octopus', configuration: files.under('files') };

  const start = (name: string, node: string, upFor: number): Promise<OwnMachine> =>
    kept(
      ownMachine(
        keys,
        name,
        {
          ...{ hosts: hosts(), system: debian('12'), processors: processors(4), memory: memory(16, 8) },
          load: '0.20 0.15 0.10 1/200 999\n',
          'bin/systemctl': systemctl(),
          'bin/timedatectl': timedatectl('yes'),
          [configuration]: configured(node, database),
        },
        { upFor, hostKeys: files.hostKeys },
      ),
    );
  const first = await start('web-1', 'web-1', 3 * day);
  const second = await start('web-2', 'web-2', 3 * day);
  const shells = new Map([['web-1', first.shell]]);

  async function mountOnBoth(what: Mount): Promise<void> {
    await first.mount(what);
    await second.mount(what);
  }

  async function mend(): Promise<void> {
    shells.set('web-2', second.shell);
    await first.restore();
    await second.restore();
    await mountOnBoth(share);
  }

  async function found(): Promise<readonly string[]> {
    await created.execute([sql`UPDATE dbo.OctopusServerNodeStatus SET LastSeen = ${new Date()}`]);
    await using connected = created.open();
    const cluster: Cluster = {
      ...{ context: 'test', database: connected, dialect: created.dialect, clock: systemClock, nodeUrl: undefined },
      ...{ ca: undefined, timeout: 20_000, balancerUrl: `http://octopus.test:${port}` },
      connection: { server: 'sql.test', port, multiSubnetFailover: false, encrypted: true, verified: true },
      ownTables: { place: 'the test', open: async () => created.session },
      http: { send: async () => assert.fail('nobody is asked over HTTP') },
      api: async () => undefined,
      octopusServerOn: () => undefined,
      shellOn: async (name) => shells.get(name) ?? assert.fail(name),
    };
    const nowhere = async () => assert.fail('nobody is asked over the network');
    const looked = worldOf({
      ...{ cluster, network: { lookup: nowhere, connect: nowhere, certificate: nowhere }, limits: ownLimits },
      ...{ declared: {}, octopus: undefined, sharedFolders: folders.map((name) => `${mountPoint}/${name}`) },
      ...{ deadline: 60_000, signal },
    });
    // Machines of a lab are all one, and are not asked what these are asked.
    const world = { ...looked, engine: 'sql-server' as const };
    const subjects = ['nodes', 'storage', 'network', 'tentacles'];
    const wanted = checks.filter(({ id }) => id === 'database/reachable' || subjects.includes(id.split('/')[0] ?? ''));
    const outcomes = await diagnose(world, {
      ...{ selection: { asked: wanted, run: wanted }, suppressions: undefined, required: [], known: checks },
      ...{ from: undefined, jobs: 16, deadline: 60_000, clock: systemClock, signal },
    });
    return outcomes
      .filter(isProblem)
      .map(({ check, node, status }) => [status, check.id, node].filter((word) => word !== null).join(' '));
  }

  await mend();
  return {
    ...{ first, second, files, other, database, local, mountOnBoth, mend, found },
    async restarted() {
      const machine = await start('web-2-again', 'web-2', 60);
      await machine.mount(share);
      shells.set('web-2', machine.shell);
    },
    [Symbol.asyncDispose]: dispose,
  };
}

/** The database's and the balancer's, which listens at an old address too. */
async function balancers(): Promise<{ readonly port: number } & AsyncDisposable> {
  const one = createServer((socket) => socket.destroy());
  await once(one.listen(0, '127.0.0.1'), 'listening');
  const { port } = one.address() as AddressInfo;
  const old = createServer((socket) => socket.destroy());
  await once(old.listen(port, '127.0.0.2'), 'listening');
  return {
    port,
    async [Symbol.asyncDispose]() {
      for (const server of [one, old]) await new Promise<void>((done) => server.close(() => done()));
    },
  };
}
