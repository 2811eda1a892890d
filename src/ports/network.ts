/** A certificate as a server shows it, trusted or not. */
export interface ShownCertificate {
  readonly subject: string;
  readonly issuer: string;
  /** Names and addresses it is for. */
  readonly names: readonly string[];
  readonly validFrom: Date;
  readonly validTo: Date;
  readonly sha256: string;
  /** Why it is not trusted, its names left aside; `null` where it is. */
  readonly distrust: string | null;
  /** Whether it is for the name that was asked. */
  readonly matches: boolean;
  /** How many certificates the server sent, its own included. */
  readonly chain: number;
  /** `TLSv1.3`. */
  readonly protocol: string;
  /** `rsa`, `ec`; `null` where it is not known. */
  readonly keyType: string | null;
  readonly keyBits: number | null;
}

/** Looks at names and ports from this machine. Everything rejects with a `Failure` of kind `unreachable`. */
export interface Network {
  /** Addresses of a name, sorted. */
  lookup(host: string, signal: AbortSignal): Promise<readonly string[]>;
  /** Resolves when a connection was made, and closed again. */
  connect(host: string, port: number, signal: AbortSignal): Promise<void>;
  /** Ends after the handshake. `ca` is PEM text of the authorities to trust besides the system's. */
  certificate(host: string, port: number, ca: string | undefined, signal: AbortSignal): Promise<ShownCertificate>;
}
