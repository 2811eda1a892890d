import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { parseConnectionString } from '../../src/adapters/sql-server/connection-string.js';
import { openSqlServer } from '../../src/adapters/sql-server/session.js';
import { systemClock } from '../../src/adapters/system-clock.js';
import { checks } from '../../src/checks/index.js';
import { ownLimits } from '../../src/checks/limits.js';
import type { World } from '../../src/checks/world.js';
import { clusterDatabase, type Database, type Question } from '../../src/database/database.js';
import { engines, type TestDatabase } from '../support/engines.js';
import { createTables, type OctopusShape, octopusShapes } from '../support/octopus-shapes.js';

const { signal } = new AbortController();
setMaxListeners(0, signal);

const shape = octopusShapes.find(({ name }) => name === '2021 and later') as OctopusShape;

/** What one of the checks of octo-ha's own says of a database. */
async function says(name: 'login-rights' | 'login-reads' | 'placement', database: Database): Promise<string> {
  const check = checks.find(({ id }) => id === `octo-ha/${name}`);
  assert.ok(check?.kind === 'cluster', name);
  const world = {
    ...{ engine: 'sql-server', limits: ownLimits, clock: systemClock },
    ask: async <T>(question: Question<T>) => (await database.ask([question], signal))[0],
    catalogue: () => database.catalogue(signal),
  } as unknown as World;
  const verdict = await check.run(world, signal);
  return `${verdict.status} ${'problem' in verdict ? verdict.problem : 'because' in verdict ? verdict.because : ''}`;
}

for (const engine of engines.filter(({ name }) => name.startsWith('SQL Server'))) {
  describe(`octo-ha's own place and login on ${engine.name}`, { skip: engine.missing }, () => {
    let created: TestDatabase;
    before(async () => {
      created = await engine.create();
      await created.execute(createTables(shape));
      await created.migrate();
    });
    after(() => created?.[Symbol.asyncDispose]());

    test('placement tells tables among those of Octopus', async () => {
      await using database = created.open();

      const expected = engine.ownTablesAmongOctopus ? /^warn they stand among Octopus' tables$/ : /^pass/;
      assert.match(await says('placement', database), expected);
    });

    test('login-rights tells a login that may do everything', async () => {
      await using database = created.open();

      assert.match(await says('login-rights', database), /^warn \S+ is a sysadmin of the server$/);
      assert.match(await says('login-reads', database), /^pass/);
    });
  });
}

describe("octo-ha's login on SQL Server", { skip: engines[1]?.missing }, () => {
  const login = `octo_ha_test_${randomBytes(6).toString('hex')}`;
  const password = `Aa1!${randomBytes(12).toString('hex')}`;
  const rights: string[] = [];
  let created: TestDatabase;
  let database: Database;
  before(async () => {
    created = await (engines[1] ?? assert.fail()).create();
    await created.execute(createTables(shape));
    await created.execute([
      `CREATE LOGIN ${login} WITH PASSWORD = '${password}'`,
      `CREATE USER ${login} FOR LOGIN ${login}`,
    ]);
    await using own = created.open();
    const { database: name } = await own.catalogue(signal);
    const settings = { ...parseConnectionString(process.env['OCTO_HA_TEST_MSSQL'] ?? ''), database: name };
    const session = openSqlServer({
      settings: { ...settings, login: { kind: 'sql', user: login, password } },
      clock: systemClock,
    });
    database = clusterDatabase(session, created.dialect, { own: created.own });
  });
  after(async () => {
    await database?.[Symbol.asyncDispose]();
    await created?.execute([...rights.map((right) => `REVOKE ${right} FROM ${login}`), `DROP USER ${login}`]);
    await created?.execute([`DROP LOGIN ${login}`]);
    await created?.[Symbol.asyncDispose]();
  });

  async function granted(right: string, ...tables: readonly string[]): Promise<void> {
    for (const table of tables) {
      rights.push(`${right} ON dbo.${table}`);
      await created.execute([`GRANT ${rights.at(-1)} TO ${login}`]);
    }
  }

  test('reads nothing that it is shown, but may not read', async () => {
    // Without any right the tables are not there for it, which database/reachable says.
    assert.match(await says('login-reads', database), /^skip .*database\/reachable$/);
    await granted('INSERT', 'OctopusServerNode', 'ServerTask');
    assert.equal(
      await says('login-reads', database),
      `fail ${login} may not read dbo.OctopusServerNode and dbo.ServerTask`,
    );
    await granted('SELECT', 'OctopusServerNode');
    assert.equal(await says('login-reads', database), `fail ${login} may not read dbo.ServerTask`);
    await granted('SELECT', 'ServerTask');
    assert.match(await says('login-reads', database), /^pass/);
    assert.match(await says('login-rights', database), /^pass/);
  });

  test('may do more than it needs once it may change tasks', async () => {
    await granted('UPDATE', 'ServerTask');

    assert.equal(await says('login-rights', database), `warn ${login} may change tasks`);
  });
});
