import { connectionValue } from '../../cluster/connection-value.js';

/** The ways to log in to SQL Server, each with what has to be named. */
export const loginKinds = {
  sql: { title: 'SQL Server login', user: 'Login:' },
  ntlm: { title: 'Windows domain account (NTLM)', user: 'Account, as DOMAIN\\name:' },
  integrated: { title: 'the Windows account that runs octo-ha', user: undefined },
  'entra-managed-identity': { title: 'Microsoft Entra: managed identity', user: undefined },
  'entra-default': { title: 'Microsoft Entra: the account of this machine', user: undefined },
  'entra-service-principal': { title: 'Microsoft Entra: service principal', user: 'As CLIENT-ID@TENANT-ID:' },
} as const;

export type LoginKind = keyof typeof loginKinds;

export interface ConnectionParts {
  readonly server: string;
  readonly database: string;
  readonly login: LoginKind;
  readonly user: string | undefined;
}

const authentication: { readonly [Kind in LoginKind]?: string } = {
  'entra-managed-identity': 'Active Directory Managed Identity',
  'entra-default': 'Active Directory Default',
  'entra-service-principal': 'Active Directory Service Principal',
};

/** A connection string as Octopus Server writes it, without a password. */
export function buildConnection({ server, database, login, user }: ConnectionParts): string {
  const method = authentication[login];
  const pairs = [
    ['Server', server],
    ['Database', database],
    ...(login === 'integrated' ? [['Integrated Security', 'True'] as const] : []),
    ...(method === undefined ? [] : [['Authentication', method] as const]),
    ...(user === undefined ? [] : [['User ID', user] as const]),
  ] as const;
  return pairs.map(([keyword, value]) => `${keyword}=${connectionValue(value)}`).join(';');
}
