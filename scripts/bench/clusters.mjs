/** Clusters that differ only in how many nodes they have, or tasks they have finished. */
import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';

/** Rows as Octopus leaves them: every final state, spread over years and over the nodes. */
const finished = `
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
  INSERT INTO ServerTask (Id, Name, Description, QueueTime, StartTime, CompletedTime, State, ServerNodeId,
    HasPendingInterruptions, HasWarningsOrErrors, JSON)
  SELECT 'ServerTasks-9' || i, 'Deploy', 'Deploy Shop', at, at, at,
    CASE i % 7 WHEN 0 THEN 'Failed' WHEN 1 THEN 'Canceled' WHEN 2 THEN 'TimedOut' ELSE 'Success' END,
    'OctopusServerNodes-node-' || (1 + i % 3), 0, 0, '{}'
  FROM (SELECT i, strftime('%Y-%m-%dT%H:%M:%fZ', '2005-01-01', '+' || i || ' minutes') AS at FROM n)`;

/** Beside the three that there are. */
const furtherNodes = `
  WITH RECURSIVE n(i) AS (SELECT 4 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
  INSERT INTO OctopusServerNode (Id, Name, MaxConcurrentTasks, IsInMaintenanceMode, JSON)
  SELECT 'OctopusServerNodes-node-' || i, 'node-' || i, 5, 0, '{}' FROM n`;
const theirStatus = `
  INSERT INTO OctopusServerNodeStatus (OctopusServerNodeId, LastSeen, IsOffline, Version)
  SELECT Id, strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+1 day'), 0, '2025.4.1000' FROM OctopusServerNode
  WHERE Id NOT IN (SELECT OctopusServerNodeId FROM OctopusServerNodeStatus)`;

/** Gives `use` what makes them, from a lab that has been taken down again; everything is gone afterwards. */
export async function withClusters(program, use) {
  const directory = await mkdtemp(join(tmpdir(), 'octo-ha-bench-'));
  try {
    return await use(await makersIn(directory, program));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function makersIn(directory, program) {
  const lab = join(directory, 'lab');
  const empty = join(directory, 'config.yaml');
  await writeFile(empty, '', { mode: 0o600 });
  const env = { ...process.env, OCTO_HA_CONFIG: empty, OCTO_HA_LAB_HOME: lab };
  const octoHa = (...argv) => {
    const { status, stderr } = spawnSync(process.execPath, [program, ...argv], { env, encoding: 'utf8' });
    if (status !== 0) throw new Error(`octo-ha ${argv.join(' ')}: ${stderr}`);
  };
  const seed = join(directory, 'seed');
  octoHa('lab', 'up', '--nodes', '3', '--balancer', 'none');
  try {
    await cp(join(lab, 'database'), seed, { recursive: true });
  } finally {
    octoHa('lab', 'down');
  }

  /** Answers with the context file of a copy of the seed that these statements were run in. */
  async function copy(name, statements) {
    const database = join(directory, name);
    await cp(seed, database, { recursive: true });
    const connection = new Database(join(database, 'dbo.db'));
    connection.exec('PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF; PRAGMA cache_size = -200000');
    for (const [sql, ...values] of statements) connection.prepare(sql).run(values);
    connection.close();
    const config = join(directory, `${name}.yaml`);
    const context = { current: 'bench', contexts: { bench: { database: { engine: 'sqlite', directory: database } } } };
    // JSON is YAML, too.
    await writeFile(config, JSON.stringify(context), { mode: 0o600 });
    return config;
  }

  return {
    withTasks: (count) => copy(`tasks-${count}`, [[finished, count]]),
    withNodes: (count) => copy(`nodes-${count}`, [[furtherNodes, count], [theirStatus]]),
  };
}
