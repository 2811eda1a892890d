/** What a connection string says of the way to the database; nothing in it is secret. */
export interface ConnectionFacts {
  readonly server: string;
  readonly port: number | null;
  readonly multiSubnetFailover: boolean;
  readonly encrypted: boolean;
  /** The server's certificate is looked at. */
  readonly verified: boolean;
}
