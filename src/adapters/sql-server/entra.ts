import type { TokenCredential } from '@azure/identity';
import {
  ClientSecretCredential,
  DefaultAzureCredential,
  ManagedIdentityCredential,
  UsernamePasswordCredential,
} from './lazy-azure-identity.js';
import type { EntraLogin } from './login.js';

/** The application SqlClient names itself as where a user logs in with name and password. */
const sqlClientApplication = '2fd908ad-0664-4344-b9be-cd3e8b574c38';

/** One credential for all connections of a session, so that they share its token. */
export function entraCredential(login: EntraLogin, password: string): TokenCredential {
  switch (login.method) {
    case 'default':
      return new DefaultAzureCredential(
        login.clientId === undefined
          ? {}
          : { managedIdentityClientId: login.clientId, workloadIdentityClientId: login.clientId },
      );
    case 'managed-identity':
      return new ManagedIdentityCredential(login.clientId);
    case 'service-principal':
      return new ClientSecretCredential(login.tenantId, login.clientId, password);
    case 'password':
      return new UsernamePasswordCredential('organizations', sqlClientApplication, login.user, password);
    default:
      return login satisfies never;
  }
}
