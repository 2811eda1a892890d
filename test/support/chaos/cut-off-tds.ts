import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { parseConnectionString } from '../../../src/adapters/sql-server/connection-string.js';
import { builtCli } from '../built-cli.js';
import { engines } from '../engines.js';
import { eventually } from '../eventually.js';
import { insertNode } from '../octopus-rows.js';
import { createTables, type OctopusShape, octopusShapes } from '../octopus-shapes.js';
import { tcpProxy } from '../tcp-proxy.js';

const shape = octopusShapes.find(({ name }) => name === '2021 and later') as OctopusShape;
const engine = engines.find(({ ownTablesAmongOctopus }) => ownTablesAmongOctopus);

/** Why nothing is cut off over TDS here. */
export const noTds = engine?.missing ?? 'there is no such engine';

/**
 * A drain by the built command whose way to SQL Server is cut in its middle, for so many milliseconds. Rejects unless it
 * goes on, or exits 7 and is finished by `operation resume`. Answers with its exit code.
 */
export async function cutDrainOverTds(cutFor: number): Promise<number | null> {
  const connection = process.env['OCTO_HA_TEST_MSSQL'];
  assert.ok(engine !== undefined && connection !== undefined);
  await using database = await engine.create();
  await database.execute(createTables(shape));
  const seen = { lastSeen: new Date() };
  await database.execute(['web-1', 'web-2'].flatMap((name) => insertNode(shape, { name, ...seen })));
  await database.migrate();
  // Nobody answers a ping here, so the settle window is the long one: the cut falls into it.
  const kept = { 'consent.sql': '{}', 'timing.settleUnconfirmed': '8000', 'timing.look': '500' };
  await database.execute(
    Object.entries(kept).map(
      ([name, value]) => sql`INSERT INTO octo_ha.setting (name, value) VALUES (${name}, ${value})`,
    ),
  );
  const { database: name } = await database.open().catalogue(new AbortController().signal);
  const { server, port = 1433 } = parseConnectionString(connection);
  await using proxy = await tcpProxy({ host: server, port });
  const throughProxy = connection
    .replace(/(Server|Data Source)=[^;]*/i, `Server=127.0.0.1,${proxy.port}`)
    .replace(/(Database|Initial Catalog)=[^;]*/i, `Database=${name}`);
  await using cli = await builtCli({
    context: `current: test\ncontexts:\n  test:\n    database: { engine: sql-server, connection: ${JSON.stringify(throughProxy)}, own: ${database.own} }\n`,
  });
  const flag = {
    sql: "SELECT IsInMaintenanceMode AS d FROM dbo.OctopusServerNode WHERE Name = 'web-2'",
    parameters: [],
  };
  const mustBeFlagged = async () => {
    const [[row] = []] = await database.session.read([flag], new AbortController().signal);
    assert.equal(Number(row?.['d']), 1, 'it is not drained');
  };

  const { ended } = cli.start('node drain web-2 --yes --timeout 5s');
  await eventually(mustBeFlagged, { within: 60_000, every: 100 });
  proxy.cut();
  await sleep(cutFor);
  proxy.mend();
  const { code, stderr } = await ended;
  assert.ok(code === 0 || code === 7, `it exited with ${code}: ${stderr}`);
  if (code === 7) {
    const [id = ''] = /\d{8}-\d{6}-\w{4}/.exec(stderr) ?? [];
    const resumed = await cli.run(`operation resume ${id} --wait-lease 2m`);
    assert.equal(resumed.code, 0, resumed.stderr);
  }
  await mustBeFlagged();
  const { stdout } = await cli.run('operation list --json');
  const { operations } = JSON.parse(stdout) as { operations: { kind: string; state: string }[] };
  assert.deepEqual(
    operations.map(({ kind, state }) => `${kind} ${state}`),
    ['drain done'],
  );
  return code;
}
