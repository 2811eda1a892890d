import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { parseConnectionString } from '../../../src/adapters/sql-server/connection-string.js';
import { createDatabase } from '../../../src/adapters/sql-server/create-database.js';
import { openSqlServer } from '../../../src/adapters/sql-server/session.js';
import { systemClock } from '../../../src/adapters/system-clock.js';

const connectionString = process.env['OCTO_HA_TEST_MSSQL'];
const skip = connectionString === undefined && 'OCTO_HA_TEST_MSSQL names no SQL Server';

/** A name for a database that is dropped in the end, and its collation while it is there. */
async function withName(use: (name: string, collation: () => Promise<unknown>) => Promise<void>): Promise<void> {
  const name = `octo_ha 'test' ${randomBytes(4).toString('hex')}`;
  await using session = openSqlServer(optionsOf());
  const signal = AbortSignal.timeout(120_000);
  const sql = `SELECT CAST(DATABASEPROPERTYEX(@p1, 'Collation') AS nvarchar(128)) AS name`;
  try {
    await use(name, async () => (await session.read([{ sql, parameters: [name] }], signal))[0]?.[0]?.['name']);
  } finally {
    await session.define([{ sql: `DROP DATABASE [${name}]`, parameters: [] }], signal).catch(() => undefined);
  }
}

const optionsOf = () => ({ settings: parseConnectionString(connectionString ?? ''), clock: systemClock });

describe('a database on a real server', () => {
  test('is made where it is missing, and left alone where it is there', { skip }, async () => {
    const signal = AbortSignal.timeout(120_000);
    await withName(async (name, collation) => {
      const before = await collation();

      await createDatabase(optionsOf(), name, signal);
      const made = await collation();
      await createDatabase(optionsOf(), name, signal);

      assert.equal(before, null);
      assert.equal(typeof made, 'string');
    });
  });

  test('is made with the collation that Octopus chooses', { skip }, async (t) => {
    const signal = AbortSignal.timeout(120_000);
    await withName(async (name, collation) => {
      try {
        await createDatabase(optionsOf(), name, signal, 'Latin1_General_CI_AS');
      } catch (error) {
        const { message } = error as Error;
        // Other servers that speak TDS may have one collation only.
        if (!/^only .* supported/.test(message)) throw error;
        t.skip(message);
        return;
      }

      assert.equal(await collation(), 'Latin1_General_CI_AS');
    });
  });
});
