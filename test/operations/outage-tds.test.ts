import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseConnectionString } from '../../src/adapters/sql-server/connection-string.js';
import { openSqlServer } from '../../src/adapters/sql-server/session.js';
import type { Session } from '../../src/ports/database.js';
import { engines } from '../support/engines.js';
import { busyWorld, everyOperation, leavings } from '../support/every-operation.js';
import { newSeed, seeded, whole } from '../support/seeded.js';
import { type TcpProxy, tcpProxy } from '../support/tcp-proxy.js';
import type { World } from '../support/world.js';

const connection = process.env['OCTO_HA_TEST_MSSQL'] ?? '';
const engine = engines.find(({ ownTablesAmongOctopus }) => ownTablesAmongOctopus);
const outage = 30_000;

/** Calls to the database before an operation of its own stands in the journal. */
const beforeItBegins = 14;

interface Undisturbed {
  readonly line: string;
  readonly calls: number;
  readonly goal: Awaited<ReturnType<typeof leavings>>;
}

/** Each operation with nothing in its way, over SQLite: how often it calls the database, and what stands after it. */
async function undisturbed(): Promise<readonly Undisturbed[]> {
  await using world = await busyWorld();
  const done: Undisturbed[] = [];
  for (const line of everyOperation) {
    let calls = 0;
    const counting = (real: Session): Session => ({
      ...real,
      read(statements, signal) {
        calls++;
        return real.read(statements, signal);
      },
      change(steps, signal) {
        calls++;
        return real.change(steps, signal);
      },
      [Symbol.asyncDispose]: async () => {},
    });
    const { code, stderr } = await world.run(line, { session: counting });
    assert.equal(code, 0, stderr);
    done.push({ line, calls, goal: await leavings(world) });
  }
  return done;
}

/** Everything goes through the proxy, which is cut in the middle of the nth call and mended half a minute later. */
function cutAt(world: World, proxied: Session, proxy: TcpProxy, nth: number): () => Session {
  let calls = 0;
  async function through<T>(call: () => Promise<T>): Promise<T> {
    const answer = call();
    if (calls++ === nth) {
      proxy.cut();
      world.in(outage, async () => proxy.mend());
    }
    return await answer;
  }
  return () => ({
    ...proxied,
    read: (statements, signal) => through(() => proxied.read(statements, signal)),
    change: (steps, signal) => through(() => proxied.change(steps, signal)),
    [Symbol.asyncDispose]: async () => {},
  });
}

describe('operations over TDS whose connection is cut for a while', { skip: engine?.missing }, () => {
  const seed = newSeed();
  test(`go on, or do not know their result and are finished by resuming them: seed ${seed}`, async (t) => {
    assert.ok(engine);
    const random = seeded(seed);
    const all = await undisturbed();
    const settings = parseConnectionString(connection);
    await using proxy = await tcpProxy({ host: settings.server, port: settings.port ?? 1433 });
    await using world = await busyWorld(engine);
    await using proxied = openSqlServer({
      settings: { ...settings, database: await world.databaseName(), server: '127.0.0.1', port: proxy.port },
      clock: world.clock,
    });

    for (const { line, calls, goal } of all) {
      const nth = whole(random, beforeItBegins, calls - 2);
      const { code, stderr } = await world.run(line, { session: cutAt(world, proxied, proxy, nth) });
      t.diagnostic(`${line}: cut off at call ${nth} of ${calls}, it exited with ${code}`);
      proxy.mend();
      const [id = ''] = /\d{8}-\d{6}-\w{4}/.exec(stderr) ?? [];
      const resumed = code === 7 ? await world.run(`operation resume ${id} --wait-lease 1m`) : undefined;

      assert.ok(code === 0 || code === 7, `${line}: ${code}: ${stderr}`);
      assert.ok(resumed === undefined || resumed.code === 0, `${line}: ${stderr}\n${resumed?.stderr}`);
      assert.deepEqual(await leavings(world), goal, `${line}: ${stderr}`);
    }
  });
});
