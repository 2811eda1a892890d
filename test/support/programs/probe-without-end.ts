/** Makes the write probe of doctor again and again, until it is killed. Its arguments: the engine, database and own database. */
import { parseConnectionString } from '../../../src/adapters/sql-server/connection-string.js';
import { openSqlServer } from '../../../src/adapters/sql-server/session.js';
import { openSqlite } from '../../../src/adapters/sqlite/session.js';
import { systemClock } from '../../../src/adapters/system-clock.js';
import { clusterDatabase } from '../../../src/database/database.js';
import { sqlServer } from '../../../src/database/dialects/sql-server.js';
import { sqlite } from '../../../src/database/dialects/sqlite.js';
import { writeProbe } from '../../../src/database/queries/write-probe.js';

const [engine, database = '', own = ''] = process.argv.slice(2);
const connection = process.env['OCTO_HA_TEST_MSSQL'] ?? '';
const opened =
  engine === 'sqlite'
    ? clusterDatabase(openSqlite({ directory: database, clock: systemClock }), sqlite, { own })
    : clusterDatabase(
        openSqlServer({ settings: { ...parseConnectionString(connection), database }, clock: systemClock }),
        sqlServer,
        { own },
      );
const { signal } = new AbortController();
for (;;) {
  const { applied } = await opened.change(writeProbe({ ownTables: true }), signal);
  process.stdout.write(applied ? 'probed\n' : 'missed\n');
}
