import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { openSqlite } from '../../src/adapters/sqlite/session.js';
import { systemClock } from '../../src/adapters/system-clock.js';
import { sqlite } from '../../src/database/dialects/sqlite.js';
import { migrate } from '../../src/database/migrate.js';
import { insertNode } from './octopus-rows.js';
import { createTables, type OctopusShape, octopusShapes } from './octopus-shapes.js';

export interface SqliteCluster extends AsyncDisposable {
  /** The text of a context file that selects it as `test`. */
  readonly context: string;
}

const shape = octopusShapes.find(({ name }) => name === '2021 and later') as OctopusShape;

/** A database with nodes of these names that the built command line can open; nothing runs on them. */
export async function sqliteCluster(names: readonly string[]): Promise<SqliteCluster> {
  const directory = await mkdtemp(join(tmpdir(), 'octo-ha-cluster-'));
  const signal = new AbortController().signal;
  await using session = openSqlite({ directory, clock: systemClock, create: true });
  const now = new Date();
  const statements = [...createTables(shape), ...names.flatMap((name) => insertNode(shape, { name, lastSeen: now }))];
  const queries = statements.map((query) => (typeof query === 'string' ? sql.raw(query) : query));
  await session.define(sqlite.compile(queries, { database: null }), signal);
  await migrate(session, sqlite, { database: join(directory, 'dbo.db'), server: 'test' }, signal);
  return {
    context: `current: test\ncontexts:\n  test:\n    database: { engine: sqlite, directory: ${directory} }\n`,
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true }),
  };
}
