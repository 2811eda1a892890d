/** Sockets of this machine that answer a line with text and hang up, as HAProxy's runtime API does. */
export interface LocalSockets {
  /** Rejects with a `Failure` of kind `unreachable` that names the socket. */
  ask(path: string, line: string, options: { readonly timeout: number }, signal: AbortSignal): Promise<string>;
}
