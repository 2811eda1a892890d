import type { config as Config } from 'mssql';
import type { ConnectionSettings } from './connection-string.js';

/** ODBC quotes by braces, with the closing one doubled. */
const braced = (value: string) => `{${value.replaceAll('}', '}}')}}`;

const spelled = { mandatory: 'Yes', optional: 'No', strict: 'Strict' } as const;

/** The connection string of Microsoft's ODBC driver, which logs in as the account that runs octo-ha. */
export function odbcConnectionString(settings: ConnectionSettings, driver = 'ODBC Driver 18 for SQL Server'): string {
  const { server, port, instance, database, encrypt } = settings;
  const place = port === undefined ? (instance === undefined ? server : `${server}\\${instance}`) : `${server},${port}`;
  const parts = {
    Driver: braced(driver),
    Server: braced(`tcp:${place}`),
    Database: braced(database),
    Trusted_Connection: 'Yes',
    APP: 'octo-ha',
    Encrypt: spelled[encrypt],
    TrustServerCertificate: settings.trustServerCertificate ? 'Yes' : 'No',
    MultiSubnetFailover: settings.multiSubnetFailover ? 'Yes' : 'No',
    ...(settings.certificateName === undefined ? {} : { HostNameInCertificate: braced(settings.certificateName) }),
  };
  return Object.entries(parts)
    .map(([keyword, value]) => `${keyword}=${value};`)
    .join('');
}

export const odbcConfig = (settings: ConnectionSettings): Partial<Config> & { connectionString: string } => ({
  connectionString: odbcConnectionString(settings),
  validateConnection: false,
  options: { useUTC: true },
});
