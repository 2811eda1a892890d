export interface ReceivedRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The first megabyte as text; of a larger body the rest is read and thrown away. */
  readonly body: string;
}

export interface ServedAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface RunningServer {
  readonly port: number;
  /** Takes no new connection, and resolves when every request that was begun has its answer. */
  stop(): Promise<void>;
}

/** Serves HTTP on this machine's loopback address. */
export interface HttpServers {
  /** Port 0 takes any. Rejects with a `Failure` of kind `refused` when the port is taken. */
  listen(port: number, answer: (request: ReceivedRequest) => Promise<ServedAnswer>): Promise<RunningServer>;
}
