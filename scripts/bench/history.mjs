/** Clusters that differ only in how many tasks they have finished, made from a lab that has been taken down again. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';

/** Rows as Octopus leaves them: every final state, spread over two years and over the nodes. */
const finished = `
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
  INSERT INTO ServerTask (Id, Name, Description, QueueTime, StartTime, CompletedTime, State, ServerNodeId,
    HasPendingInterruptions, HasWarningsOrErrors, JSON)
  SELECT 'ServerTasks-9' || i, 'Deploy', 'Deploy Shop', at, at, at,
    CASE i % 7 WHEN 0 THEN 'Failed' WHEN 1 THEN 'Canceled' WHEN 2 THEN 'TimedOut' ELSE 'Success' END,
    'OctopusServerNodes-node-' || (1 + i % 3), 0, 0, '{}'
  FROM (SELECT i, strftime('%Y-%m-%dT%H:%M:%fZ', '2025-01-01', '+' || i || ' minutes') AS at FROM n)`;

/** Gives each count a context file and hands it to `use`; everything is gone afterwards. */
export function withHistories(program, counts, use) {
  const directory = mkdtempSync(join(tmpdir(), 'octo-ha-bench-'));
  try {
    const lab = join(directory, 'lab');
    const config = join(directory, 'config.yaml');
    writeFileSync(config, '');
    const env = { ...process.env, OCTO_HA_CONFIG: config, OCTO_HA_LAB_HOME: lab };
    const octoHa = (...argv) => {
      const { status, stderr } = spawnSync(process.execPath, [program, ...argv], { env, encoding: 'utf8' });
      if (status !== 0) throw new Error(`octo-ha ${argv.join(' ')}: ${stderr}`);
    };
    octoHa('lab', 'up', '--nodes', '3', '--balancer', 'none');
    const seed = join(directory, 'seed');
    try {
      cpSync(join(lab, 'database'), seed, { recursive: true });
    } finally {
      octoHa('lab', 'down');
    }
    return use(counts.map((count) => history(directory, seed, count)));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function history(directory, seed, count) {
  const database = join(directory, `database-${count}`);
  cpSync(seed, database, { recursive: true });
  const connection = new Database(join(database, 'dbo.db'));
  connection.exec('PRAGMA synchronous = OFF');
  connection.prepare(finished).run([count]);
  connection.close();
  const config = join(directory, `${count}.yaml`);
  const context = { current: 'bench', contexts: { bench: { database: { engine: 'sqlite', directory: database } } } };
  // JSON is YAML, too.
  writeFileSync(config, JSON.stringify(context));
  return config;
}
