import { Failure } from '../../errors.js';

/** What octo-ha obeys, with the spellings SqlClient knows for it; spaces and case do not count. */
const obeyed = {
  Server: ['datasource', 'addr', 'address', 'networkaddress'],
  Database: ['initialcatalog'],
  'User ID': ['uid', 'user'],
  Password: ['pwd'],
  'Integrated Security': ['trusted_connection'],
  Authentication: [],
  Encrypt: [],
  TrustServerCertificate: [],
  HostNameInCertificate: [],
  MultiSubnetFailover: [],
  'Connect Timeout': ['connectiontimeout', 'timeout'],
  'Command Timeout': [],
} as const satisfies Record<string, readonly string[]>;

export type Keyword = keyof typeof obeyed;

/**
 * What Octopus needs and octo-ha does not: it pools by itself, names itself in Application Name so that a database
 * administrator can tell the two apart, and never asks a readable secondary, which may lag.
 */
const ignored = [
  'Application Intent',
  'Application Name',
  'App',
  'Async',
  'Asynchronous Processing',
  'Attestation Protocol',
  'Column Encryption Setting',
  'Connect Retry Count',
  'Connect Retry Interval',
  'Connection Lifetime',
  'Connection Reset',
  'Current Language',
  'Enclave Attestation Url',
  'Enlist',
  'Failover Partner',
  'Failover Partner SPN',
  'IP Address Preference',
  'Language',
  'Load Balance Timeout',
  'Max Pool Size',
  'Min Pool Size',
  'Multiple Active Result Sets',
  'Net',
  'Network',
  'Network Library',
  'Packet Size',
  'Persist Security Info',
  'Pool Blocking Period',
  'Pooling',
  'Replication',
  'Server Certificate',
  'Server SPN',
  'Transaction Binding',
  'Transparent Network IP Resolution',
  'Type System Version',
  'Workstation ID',
  'WSID',
] as const;

const squeezed = (keyword: string) => keyword.toLowerCase().replace(/\s/g, '');

const meanings = new Map<string, Keyword | undefined>([
  ...ignored.map((keyword) => [squeezed(keyword), undefined] as const),
  ...(Object.keys(obeyed) as Keyword[]).flatMap((keyword) =>
    [squeezed(keyword), ...obeyed[keyword]].map((spelling) => [spelling, keyword] as const),
  ),
]);

/**
 * The keyword meant, or `undefined` for one that changes nothing here. An unknown one is refused by name, except after
 * a password: what stands there is likely the rest of it.
 */
export function keywordOf(spelling: string, afterPassword: boolean): Keyword | undefined {
  const key = squeezed(spelling);
  if (meanings.has(key)) return meanings.get(key);
  if (afterPassword) {
    throw new Failure('usage', 'what follows Password in the connection string is no keyword of SQL Server', {
      hint: 'A password that holds a semicolon is written in quotation marks: Password="…"',
    });
  }
  throw new Failure('usage', `${spelling} is no keyword of a SQL Server connection string`);
}
