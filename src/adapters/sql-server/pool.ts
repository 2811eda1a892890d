import type { Connection, ConnectionPool, Request } from 'mssql';
import type { Connection as TediousConnection } from 'tedious';
import type { Row, Statement } from '../../ports/database.js';
import { untilAborted } from '../../ports/until-aborted.js';
import { withoutSecrets } from '../without-secrets.js';
import { type Address, connector } from './connector.js';
import { type DriverOptions, loadDriver } from './driver.js';
import { keepFirstConnection } from './keep-first-connection.js';
import { bind, type Driver } from './parameters.js';
import { type Trouble, troubleOf } from './trouble.js';

export type Recordsets = readonly (readonly Row[])[];

/** Runs a text with the values of these statements in one round trip. `taken` parameters belong to earlier ones. */
export type Run = (text: string, statements: readonly Statement[], taken?: number) => Promise<Recordsets>;

/** One connection with a transaction, which also ends when the pool is closed: the server then rolls it back. */
export interface OpenTransaction {
  readonly run: Run;
  commit(): Promise<void>;
  /** Never rejects: where it fails, the connection is gone and the transaction with it. */
  rollback(): Promise<void>;
}

/** Connections to one server, made when they are needed. Rejects with the driver's errors; `explain` reads them. */
export interface Pool extends AsyncDisposable {
  run(text: string, statements: readonly Statement[], signal: AbortSignal): Promise<Recordsets>;
  begin(signal: AbortSignal): Promise<OpenTransaction>;
  explain(error: unknown): Trouble;
  /** Where the last connection was tried: a listener or a gateway may have sent it elsewhere. */
  address(): Address | undefined;
}

export function openPool(options: DriverOptions): Pool {
  const { login } = options.settings;
  const secrets = [options.password, 'password' in login ? login.password : undefined];
  const closed = new AbortController();
  const connections = new Set<TediousConnection>();
  let refusals: { readonly number: number; readonly message: string }[] = [];
  let tried: Address | undefined;
  let opened: Promise<{ driver: Driver; pool: ConnectionPool }> | undefined;

  const wire = {
    connector: connector({
      parallel: options.settings.multiSubnetFailover,
      demandEncryption: options.settings.encrypt === 'mandatory',
      onAddress: (address) => {
        tried = address;
      },
      closed: closed.signal,
    }),
    beforeConnect(connection: Connection) {
      const tedious = connection as unknown as TediousConnection;
      connections.add(tedious);
      tedious.on('end', () => connections.delete(tedious));
      refusals = [];
      const note = ({ number, message }: { number: number; message: string }) => refusals.push({ number, message });
      tedious.on('errorMessage', note);
      tedious.on('connect', (error) => {
        tedious.off('errorMessage', note);
        if (error) connections.delete(tedious);
      });
    },
  };

  async function open() {
    const { driver, config } = await loadDriver(options, wire);
    const pool = new driver.ConnectionPool(config);
    // Each failure also reaches whoever waits for it; unheard, the event would end the process.
    pool.on('error', () => {});
    keepFirstConnection(pool);
    await pool.connect();
    return { driver, pool };
  }

  async function ready(signal: AbortSignal) {
    if (closed.signal.aborted) throw new Error('the session is closed');
    opened ??= open().catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return await untilAborted(opened, signal);
  }

  async function send(request: Request, text: string, signal: AbortSignal): Promise<Recordsets> {
    const { recordsets } = await untilAborted(request.query<Row>(text), signal, () => request.cancel());
    return recordsets as unknown as Recordsets;
  }

  return {
    async run(text, statements, signal) {
      const { driver, pool } = await ready(signal);
      const request = pool.request();
      bind(request, statements, driver);
      return await send(request, text, signal);
    },
    async begin(signal) {
      const { driver, pool } = await ready(signal);
      const transaction = pool.transaction();
      await untilAborted(transaction.begin(), signal);
      return {
        async run(text, statements, taken) {
          const request = transaction.request();
          bind(request, statements, driver, taken);
          return await send(request, text, signal);
        },
        commit: () => untilAborted(transaction.commit(), signal),
        rollback: () => transaction.rollback().catch(() => {}),
      };
    },
    explain(error) {
      const trouble = troubleOf(error);
      // Of a refused login the driver tells the last error and drops its number; the first is the cause of the others.
      const [first] = refusals;
      const told = trouble.codes.includes('ELOGIN') && first ? { ...trouble, ...first } : trouble;
      return { ...told, message: withoutSecrets(told.message, secrets) };
    },
    address: () => tried,
    async [Symbol.asyncDispose]() {
      closed.abort();
      for (const connection of connections) connection.close();
      const last = await opened?.catch(() => undefined);
      // Not waited for: the pool would wait for whoever still holds one of the connections just closed.
      last?.pool.close().catch(() => {});
    },
  };
}
