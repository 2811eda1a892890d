import { connectionValue } from '../../cluster/connection-value.js';
/** A connection string with its password at the end, by the rules of SqlClient. */
export const withPassword = (connection: string, password: string): string =>
  `${connection.replace(/;?\s*$/, '')};Password=${connectionValue(password)}`;
