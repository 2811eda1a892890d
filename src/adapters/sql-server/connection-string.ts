import { Failure } from '../../errors.js';
import { addressOf, type DataSource, parseDataSource } from './data-source.js';
import { keyValuePairs } from './key-value-pairs.js';
import { type Keyword, keywordOf } from './keywords.js';
import { type Login, loginOf, nameOf } from './login.js';

/** `optional` is `Encrypt=False`: encrypted where the server can, and its certificate not looked at. */
export type Encryption = 'mandatory' | 'optional' | 'strict';

/** What a connection string says, as far as octo-ha uses it. Times are milliseconds. */
export interface ConnectionSettings extends DataSource {
  readonly database: string;
  readonly login: Login;
  readonly encrypt: Encryption;
  readonly trustServerCertificate: boolean;
  /** The name the certificate must carry, where it is not the server's. */
  readonly certificateName?: string;
  readonly multiSubnetFailover: boolean;
  readonly connectTimeout?: number;
  readonly requestTimeout?: number;
}

const encryptions: Readonly<Record<string, Encryption>> = {
  true: 'mandatory',
  yes: 'mandatory',
  mandatory: 'mandatory',
  false: 'optional',
  no: 'optional',
  optional: 'optional',
  strict: 'strict',
};

const flags: Readonly<Record<string, boolean>> = { true: true, yes: true, false: false, no: false };

/** Reads a connection string as Octopus Server writes it; what is wrong is a `Failure` of kind `usage` without secrets. */
export function parseConnectionString(text: string): ConnectionSettings {
  const given = new Map<Keyword, string>();
  let afterPassword = false;
  for (const { keyword, value } of keyValuePairs(text)) {
    const known = keywordOf(keyword, afterPassword);
    // An empty value is the default's, and the last of several counts.
    if (known !== undefined) value === '' ? given.delete(known) : given.set(known, value);
    afterPassword = known === 'Password';
  }

  const server = given.get('Server');
  if (server === undefined) {
    throw new Failure('usage', 'the connection string names no server', { hint: 'Add Server=HOST' });
  }
  const database = given.get('Database');
  if (database === undefined) {
    throw new Failure('usage', 'the connection string names no database', { hint: 'Add Database=NAME' });
  }
  const integrated = one(given, 'Integrated Security', { ...flags, sspi: true }) ?? false;
  const certificateName = given.get('HostNameInCertificate');
  return {
    ...parseDataSource(server),
    database,
    login: loginOf({
      user: given.get('User ID'),
      password: given.get('Password'),
      integrated,
      authentication: given.get('Authentication'),
    }),
    encrypt: one(given, 'Encrypt', encryptions) ?? 'mandatory',
    trustServerCertificate: one(given, 'TrustServerCertificate', flags) ?? false,
    multiSubnetFailover: one(given, 'MultiSubnetFailover', flags) ?? false,
    ...(certificateName === undefined ? {} : { certificateName }),
    ...seconds(given, 'Connect Timeout', 'connectTimeout'),
    ...seconds(given, 'Command Timeout', 'requestTimeout'),
  };
}

function one<T>(given: ReadonlyMap<Keyword, string>, keyword: Keyword, allowed: Readonly<Record<string, T>>) {
  const value = given.get(keyword)?.toLowerCase();
  if (value === undefined) return undefined;
  if (Object.hasOwn(allowed, value)) return allowed[value];
  throw new Failure('usage', `${keyword} in the connection string must be one of ${Object.keys(allowed).join(', ')}`);
}

/** 0 is SqlClient's "wait for ever", which octo-ha never does: then its own default holds. */
function seconds<Field extends string>(given: ReadonlyMap<Keyword, string>, keyword: Keyword, field: Field) {
  const value = given.get(keyword);
  if (value === undefined) return {};
  if (!/^\d{1,6}$/.test(value)) throw new Failure('usage', `${keyword} in the connection string must be whole seconds`);
  return Number(value) === 0 ? {} : ({ [field]: Number(value) * 1000 } as Record<Field, number>);
}

/** For messages: `Octopus on sql1:1433 as octopus`. */
export function describe(settings: ConnectionSettings): string {
  return `${settings.database} on ${addressOf(settings)} as ${nameOf(settings.login)}`;
}
