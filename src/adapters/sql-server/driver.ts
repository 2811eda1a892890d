import type { Socket } from 'node:net';
import { rootCertificates } from 'node:tls';
import type { config as Config } from 'mssql';
import type { ConnectionAuthentication } from 'tedious';
import { Failure } from '../../errors.js';
import type { ConnectionSettings } from './connection-string.js';
import type { Connector } from './connector.js';
import { entraCredential } from './entra.js';
import { type Login, nameOf } from './login.js';
import { odbcConfig } from './odbc.js';
import type { Driver } from './parameters.js';

export interface DriverOptions {
  readonly settings: ConnectionSettings;
  readonly password: string | undefined;
  /** PEM text of the authorities to trust besides the system's. */
  readonly ca: string | undefined;
  readonly connectTimeout: number;
  readonly requestTimeout: number;
}

/** A driver and what to open its pool with; `wire` is the part that only concerns the driver in JavaScript. */
interface LoadedDriver {
  readonly driver: Driver;
  readonly config: Config;
}

type Wire = Pick<Config, 'beforeConnect'> & { readonly connector: Connector };

const largestPool = 4;

/** Loads the driver that the login needs. Neither is touched before, because they cost most of octo-ha's start-up. */
export async function loadDriver(options: DriverOptions, wire: Wire): Promise<LoadedDriver> {
  const { settings, connectTimeout, requestTimeout } = options;
  const common = {
    server: settings.server,
    database: settings.database,
    connectionTimeout: connectTimeout,
    requestTimeout,
    pool: {
      max: largestPool,
      createTimeoutMillis: connectTimeout + 5000,
      acquireTimeoutMillis: connectTimeout + requestTimeout + 5000,
    },
  };
  if (settings.login.kind === 'integrated') {
    return { driver: await nativeDriver(), config: { ...common, ...odbcConfig(settings) } };
  }
  const { default: driver } = await import('mssql');
  return { driver, config: { ...common, ...tediousConfig(options, settings.login, wire) } };
}

async function nativeDriver(): Promise<Driver> {
  try {
    return (await import('mssql/msnodesqlv8.js')).default;
  } catch (cause) {
    throw new Failure('usage', 'Windows integrated security needs the package msnodesqlv8, which cannot be loaded', {
      hint: 'Install it beside octo-ha: npm install --global msnodesqlv8; or use a login of SQL Server in the connection string',
      cause,
    });
  }
}

/** Some servers ignore a cancel; after so many milliseconds the connection is given up. */
const cancelTimeout = 1000;

function tediousConfig(
  { settings, password, ca }: DriverOptions,
  login: Exclude<Login, { kind: 'integrated' }>,
  { connector, beforeConnect }: Wire,
): Partial<Config> {
  const { port, instance, encrypt, trustServerCertificate, certificateName } = settings;
  return {
    ...(port === undefined ? {} : { port }),
    ...(beforeConnect === undefined ? {} : { beforeConnect }),
    authentication: authentication(login, password),
    // Looks at the socket only: the default asks SELECT 1 before every request.
    validateConnection: 'socket',
    options: {
      appName: 'octo-ha',
      useUTC: true,
      // Without encryption the driver would send the password in the open, where SqlClient still encrypts the login.
      encrypt: encrypt === 'strict' ? 'strict' : true,
      trustServerCertificate: trustServerCertificate || encrypt === 'optional',
      ...(certificateName === undefined ? {} : { serverName: certificateName }),
      ...(instance === undefined ? {} : { instanceName: instance }),
      cryptoCredentialsDetails: ca === undefined ? {} : { ca: [...rootCertificates, ca] },
      cancelTimeout,
      // octo-ha has its own way of trying again, with a clock that tests can turn.
      maxRetriesOnTransientErrors: 0,
      // It is called with the address although the driver's types say otherwise.
      connector: connector as unknown as () => Promise<Socket>,
    },
  };
}

function authentication(login: Exclude<Login, { kind: 'integrated' }>, given: string | undefined) {
  const password = () => {
    const known = given ?? ('password' in login ? login.password : undefined);
    if (known !== undefined) return known;
    throw new Failure('usage', `no password is known for ${nameOf(login)}`, {
      hint: 'Keep it with the context, or add Password=… to the connection string',
    });
  };
  switch (login.kind) {
    case 'sql':
      return {
        type: 'default',
        options: { userName: login.user, password: password() },
      } satisfies ConnectionAuthentication;
    case 'ntlm':
      return {
        type: 'ntlm',
        options: { domain: login.domain, userName: login.user, password: password() },
      } satisfies ConnectionAuthentication;
    case 'entra': {
      const secret = login.method === 'password' || login.method === 'service-principal' ? password() : '';
      return {
        type: 'token-credential',
        options: { credential: entraCredential(login, secret) },
      } satisfies ConnectionAuthentication;
    }
    default:
      return login satisfies never;
  }
}
