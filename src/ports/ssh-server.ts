/** A pair of keys for SSH. */
export interface SshKey {
  /** In the format of OpenSSH. */
  readonly private: string;
  /** `ssh-ed25519 AAAA…`. */
  readonly public: string;
  /** `ssh-ed25519 SHA256:…`. */
  readonly fingerprint: string;
}

/** A command as it is run by `sh -c`. */
export interface SshCommand {
  readonly line: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly directory: string;
  /** Changes what the command is given to read, which then is kept back until all of it is there. */
  readonly rewriteInput?: (text: string) => string;
}

export interface SshServerOptions {
  readonly port: number;
  /** Private. */
  readonly hostKey: string;
  /** The only login that is let in, and the only key, public. */
  readonly user: string;
  readonly clientKey: string;
  /** What is run for the line that a client sends. */
  readonly commandFor: (line: string) => SshCommand;
}

export interface RunningSshServer {
  /** Ends every connection. What was started over them goes on, as long as it is no longer tied to one. */
  stop(): Promise<void>;
}

/** Serves SSH on this machine's loopback address, and runs what clients send on this machine. */
export interface SshServers {
  /** Rejects with a `Failure` of kind `refused` when the port is taken. */
  listen(options: SshServerOptions): Promise<RunningSshServer>;
}
