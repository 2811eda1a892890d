import type { ConnectionPool } from 'mssql';

/** What the driver's pool calls on itself. */
interface Internals<Connection> {
  readonly pool?: unknown;
  _poolCreate(): Promise<Connection>;
  _poolDestroy(connection: Connection): Promise<void>;
}

/**
 * The driver's pool logs in once to try its settings, closes that connection, and logs in again for the first request.
 * A login is the slowest thing that octo-ha asks of a server, so the first connection is kept for that request.
 */
export function keepFirstConnection(of: ConnectionPool): void {
  const pool = of as unknown as Internals<object>;
  const create = pool._poolCreate.bind(pool);
  const destroy = pool._poolDestroy.bind(pool);
  let first: object | undefined;

  pool._poolDestroy = async (connection) => {
    // There is no pool yet while the settings are tried.
    if (pool.pool) await destroy(connection);
    else first = connection;
  };
  pool._poolCreate = async () => {
    const kept = first;
    first = undefined;
    return kept ?? (await create());
  };
}
