/** A cluster's database on the server that OCTO_HA_TEST_MSSQL names, reached by a road of any length. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import mssql from 'mssql';

const tables = [
  'CREATE TABLE OctopusServerNode (Id nvarchar(250) NOT NULL PRIMARY KEY, Name nvarchar(200) NOT NULL, MaxConcurrentTasks int NOT NULL, IsInMaintenanceMode bit NOT NULL, JSON nvarchar(max) NOT NULL)',
  'CREATE TABLE OctopusServerNodeStatus (OctopusServerNodeId nvarchar(250) NOT NULL PRIMARY KEY, LastSeen datetimeoffset NOT NULL, IsOffline bit NOT NULL, Version nvarchar(50) NULL)',
  'CREATE TABLE ServerTask (Id nvarchar(50) NOT NULL PRIMARY KEY, Name nvarchar(50) NOT NULL, Description nvarchar(max) NOT NULL, QueueTime datetimeoffset NOT NULL, StartTime datetimeoffset NULL, CompletedTime datetimeoffset NULL, ErrorMessage nvarchar(max) NULL, ConcurrencyTag nvarchar(100) NULL, State nvarchar(50) NOT NULL, HasPendingInterruptions bit NOT NULL, HasWarningsOrErrors bit NOT NULL, ServerNodeId nvarchar(250) NULL, ProjectId nvarchar(50) NULL, EnvironmentId nvarchar(50) NULL, TenantId nvarchar(50) NULL, SpaceId nvarchar(50) NULL, DurationSeconds int NOT NULL, JSON nvarchar(max) NOT NULL)',
  ...[1, 2, 3].flatMap((n) => [
    `INSERT INTO OctopusServerNode VALUES ('OctopusServerNodes-web-${n}', 'web-${n}', 5, 0, '{}')`,
    `INSERT INTO OctopusServerNodeStatus VALUES ('OctopusServerNodes-web-${n}', SYSDATETIMEOFFSET(), 0, '2025.4.1000')`,
  ]),
];

/**
 * Every byte takes this long there and back again. Counts the round trips: how often the client spoke after the server
 * had.
 */
async function road(to, roundTrip) {
  const sockets = new Set();
  let turns = 0;
  const late = (from, into) => {
    from.on('data', (chunk) => setTimeout(() => into.write(chunk), roundTrip / 2));
    from.on('error', () => {});
    from.on('close', () => setTimeout(() => into.destroy(), roundTrip / 2));
  };
  const server = createServer((near) => {
    const far = connect(to);
    for (const socket of [near, far]) sockets.add(socket.setNoDelay(true));
    let answered = true;
    near.on('data', () => {
      if (answered) turns += 1;
      answered = false;
    });
    far.on('data', () => {
      answered = true;
    });
    late(near, far);
    late(far, near);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: server.address().port,
    turns: () => turns,
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

/** Gives `use` a cluster's database by a road of each length; both are gone afterwards. */
export async function withServerCluster(program, roundTrips, use) {
  const config = mssql.ConnectionPool.parseConnectionString(process.env.OCTO_HA_TEST_MSSQL);
  const octopus = `octo_ha_bench_${randomBytes(6).toString('hex')}`;
  const own = `${octopus}_own`;
  const run = async (database, statements) => {
    const pool = await new mssql.ConnectionPool({ ...config, database }).connect();
    try {
      for (const sql of statements) await pool.request().batch(sql);
    } finally {
      await pool.close();
    }
  };
  const directory = await mkdtemp(join(tmpdir(), 'octo-ha-bench-server-'));
  const roads = await Promise.all(roundTrips.map((ms) => road({ host: config.server, port: config.port ?? 1433 }, ms)));
  try {
    await run(config.database, [`CREATE DATABASE ${octopus}`, `CREATE DATABASE ${own}`]);
    await run(octopus, tables);
    const ways = await Promise.all(roads.map(async ({ port, turns }) => ({ ...(await by(port)), turns })));
    await migrate(ways[0]);
    return await use(ways);
  } finally {
    for (const one of roads) one.close();
    for (const name of [octopus, own]) await drop(name);
    await rm(directory, { recursive: true, force: true });
  }

  /** A context file and a connection for the driver alone, both by this road. */
  async function by(port) {
    const connection = `Server=127.0.0.1,${port};Database=${octopus};User ID=${config.user};TrustServerCertificate=True`;
    const file = join(directory, `${port}.yaml`);
    const database = { connection, password: { env: 'OCTO_HA_BENCH_PASSWORD' }, own };
    await writeFile(file, JSON.stringify({ current: 'bench', contexts: { bench: { database } } }), { mode: 0o600 });
    const alone = { ...config, server: '127.0.0.1', port, database: octopus };
    return {
      config: file,
      env: { OCTO_HA_BENCH_PASSWORD: config.password, OCTO_HA_BENCH_DRIVER: JSON.stringify(alone) },
    };
  }

  /** A session that has just ended may be in the database for a moment longer. */
  async function drop(name, attempts = 20) {
    try {
      await run(config.database, [`DROP DATABASE IF EXISTS ${name}`]);
    } catch (error) {
      if (attempts === 0) throw error;
      await delay(500);
      await drop(name, attempts - 1);
    }
  }

  /** Not synchronously: the road runs in this process. */
  async function migrate({ config: file, env }) {
    const argv = [program, 'database', 'migrate', '--yes', '--config', file];
    await promisify(execFile)(process.execPath, argv, { env: { ...process.env, ...env } });
  }
}
