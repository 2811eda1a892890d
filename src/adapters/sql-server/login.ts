import { Failure } from '../../errors.js';

/** Who connects. A password may be missing here and come from the local context. */
export type Login =
  | { readonly kind: 'sql'; readonly user: string; readonly password?: string }
  | { readonly kind: 'ntlm'; readonly domain: string; readonly user: string; readonly password?: string }
  | { readonly kind: 'integrated' }
  | EntraLogin;

export type EntraLogin =
  | { readonly kind: 'entra'; readonly method: 'default' | 'managed-identity'; readonly clientId?: string }
  | {
      readonly kind: 'entra';
      readonly method: 'service-principal';
      readonly tenantId: string;
      readonly clientId: string;
      readonly password?: string;
    }
  | { readonly kind: 'entra'; readonly method: 'password'; readonly user: string; readonly password?: string };

interface LoginParts {
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly integrated: boolean;
  readonly authentication: string | undefined;
}

export function loginOf({ user, password, integrated, authentication }: LoginParts): Login {
  const secret = password === undefined ? {} : { password };
  if (authentication !== undefined) {
    if (integrated) throw new Failure('usage', 'the connection string has both Authentication and Integrated Security');
    return authenticated(authentication, user, secret);
  }
  if (integrated) return { kind: 'integrated' };
  if (user === undefined) {
    throw new Failure('usage', 'the connection string names no login', {
      hint: 'Add User ID=NAME, or Integrated Security=True on Windows',
    });
  }
  const [, domain, name] = /^([^\\]+)\\([^\\]+)$/.exec(user) ?? [];
  if (domain !== undefined && name !== undefined) return { kind: 'ntlm', domain, user: name, ...secret };
  return { kind: 'sql', user, ...secret };
}

function authenticated(authentication: string, user: string | undefined, secret: { password?: string }): Login {
  const clientId = user === undefined ? {} : { clientId: user };
  // Older versions spelled the methods with spaces.
  switch (authentication.toLowerCase().replace(/\s/g, '')) {
    case 'sqlpassword':
      return { kind: 'sql', user: needed(user, authentication), ...secret };
    case 'activedirectorymanagedidentity':
    case 'activedirectorymsi':
      return { kind: 'entra', method: 'managed-identity', ...clientId };
    case 'activedirectorydefault':
    case 'activedirectoryworkloadidentity':
      return { kind: 'entra', method: 'default', ...clientId };
    case 'activedirectorypassword':
      return { kind: 'entra', method: 'password', user: needed(user, authentication), ...secret };
    case 'activedirectoryserviceprincipal':
      return { kind: 'entra', method: 'service-principal', ...principal(needed(user, authentication)), ...secret };
    default:
      throw new Failure('usage', 'octo-ha cannot log in the way that Authentication asks for', {
        hint: 'It can by ActiveDirectoryManagedIdentity, ActiveDirectoryDefault, ActiveDirectoryServicePrincipal, ActiveDirectoryPassword and SqlPassword',
      });
  }
}

function needed(user: string | undefined, authentication: string): string {
  if (user !== undefined) return user;
  throw new Failure('usage', `Authentication=${authentication} needs a User ID in the connection string`);
}

/** The driver asks for the tenant before the server could tell it. */
function principal(user: string): { tenantId: string; clientId: string } {
  const [, clientId, tenantId] = /^([^@]+)@([^@]+)$/.exec(user) ?? [];
  if (clientId !== undefined && tenantId !== undefined) return { clientId, tenantId };
  throw new Failure('usage', 'a service principal needs its tenant', { hint: 'Write User ID=CLIENT-ID@TENANT-ID' });
}

/** The login's name for messages. */
export function nameOf(login: Login): string {
  switch (login.kind) {
    case 'sql':
      return login.user;
    case 'ntlm':
      return `${login.domain}\\${login.user}`;
    case 'integrated':
      return 'the current Windows account';
    case 'entra':
      if (login.method === 'password') return login.user;
      return login.clientId ?? (login.method === 'default' ? 'the current Entra account' : 'the managed identity');
    default:
      return login satisfies never;
  }
}
