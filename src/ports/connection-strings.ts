/** A connection string of SQL Server without its password. */
export interface PartedConnection {
  readonly connection: string;
  readonly password: string | undefined;
  /** `Octopus on sql1:1433 as octo_ha`. */
  readonly description: string;
  /** Where it is, as `HOST/PORT`; absent where an instance is named, whose port only the server knows. */
  readonly place?: string;
  /** Whether this login needs a password. */
  readonly takesPassword: boolean;
}

/** Takes a password out. Rejects with a `Failure` of kind `usage` that quotes no secret. */
export type PartConnection = (text: string) => Promise<PartedConnection>;
