/** What this machine can reach. */
export interface Network {
  /** The addresses of a host, none where it has none. Rejects when it cannot be found out, or with `signal.reason`. */
  addresses(host: string, signal: AbortSignal): Promise<readonly string[]>;
  /** Opens a connection and ends it. Rejects with an error that has a `code` of the system's, or with `signal.reason`. */
  connect(host: string, port: number, signal: AbortSignal): Promise<void>;
}
