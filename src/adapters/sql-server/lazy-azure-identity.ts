/**
 * Stands in for `@azure/identity` where the driver requires it, which it does before anybody asks for Microsoft Entra:
 * the package costs a third of the driver's start-up time. These are the classes it constructs; each fetches the real
 * one when it is first asked for a token, and keeps it, for it holds the tokens.
 */
import type {
  AccessToken,
  DefaultAzureCredentialClientIdOptions,
  ManagedIdentityCredentialClientIdOptions,
  TokenCredential,
} from '@azure/identity';

type Package = typeof import('@azure/identity');

class LazyCredential implements TokenCredential {
  readonly #create: (azure: Package) => TokenCredential;
  #real: Promise<TokenCredential> | undefined;

  constructor(create: (azure: Package) => TokenCredential) {
    this.#create = create;
  }

  async getToken(scopes: string | string[]): Promise<AccessToken | null> {
    this.#real ??= import('@azure/identity').then(this.#create);
    return await (await this.#real).getToken(scopes);
  }
}

export class DefaultAzureCredential extends LazyCredential {
  constructor(options: DefaultAzureCredentialClientIdOptions = {}) {
    super((azure) => new azure.DefaultAzureCredential(options));
  }
}

export class ManagedIdentityCredential extends LazyCredential {
  constructor(clientId?: string | ManagedIdentityCredentialClientIdOptions) {
    const options = typeof clientId === 'string' ? { clientId } : clientId;
    super((azure) =>
      options === undefined ? new azure.ManagedIdentityCredential() : new azure.ManagedIdentityCredential(options),
    );
  }
}

export class ClientSecretCredential extends LazyCredential {
  constructor(tenantId: string, clientId: string, clientSecret: string) {
    super((azure) => new azure.ClientSecretCredential(tenantId, clientId, clientSecret));
  }
}

export class UsernamePasswordCredential extends LazyCredential {
  constructor(tenantId: string, clientId: string, username: string, password: string) {
    super((azure) => new azure.UsernamePasswordCredential(tenantId, clientId, username, password));
  }
}
