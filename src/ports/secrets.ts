/** Places a secret may come from. */
export type SecretPlace =
  | { readonly env: string }
  | { readonly file: string }
  | { readonly command: readonly string[] }
  /** An entry of the operating system's keyring. */
  | { readonly keyring: string }
  /** Typed each time; text is the question. */
  | { readonly prompt: true | string };

/** Reads secrets from where the local context says they are. Rejects with a `Failure` that names the place, never the value. */
export interface Secrets {
  read(place: SecretPlace, signal: AbortSignal): Promise<string>;
}

/** Places that octo-ha itself can put a secret in. */
export type KeptPlace = Extract<SecretPlace, { readonly file: string } | { readonly keyring: string }>;

/** Puts secrets where `Secrets` finds them. */
export interface SecretStore {
  /** Replaces what is there. A file is readable by its owner only. */
  keep(place: KeptPlace, secret: string, signal: AbortSignal): Promise<void>;
  /** `false` where there was nothing. */
  forget(place: KeptPlace, signal: AbortSignal): Promise<boolean>;
}
