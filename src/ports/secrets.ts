/** Places a secret may come from. */
export type SecretPlace =
  | { readonly env: string }
  | { readonly file: string }
  | { readonly command: readonly string[] };

/** Reads secrets from where the local context says they are. Rejects with a `Failure` that names the place, never the value. */
export interface Secrets {
  read(place: SecretPlace, signal: AbortSignal): Promise<string>;
}
