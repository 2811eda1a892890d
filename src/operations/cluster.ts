import type { ConnectionFacts } from '../cluster/connection-facts.js';
import type { MachineAddress } from '../cluster/machine-address.js';
import type { Database } from '../database/database.js';
import type { Dialect } from '../database/dialect.js';
import type { Clock } from '../ports/clock.js';
import type { Http } from '../ports/http.js';
import type { OctopusApi } from '../ports/octopus-api.js';
import type { OwnTables } from '../ports/own-tables.js';
import type { Shell } from '../ports/shell.js';

/** A cluster as this admin machine reaches it. */
export interface Cluster {
  /** The context's name. */
  readonly context: string;
  readonly database: Database;
  readonly dialect: Dialect;
  /** Where octo-ha's own tables are or would be made. */
  readonly ownTables: OwnTables;
  readonly http: Http;
  /** Octopus' REST API; `undefined` where the context names no key. It is shared, and asked nothing before its first use. */
  api(): Promise<OctopusApi | undefined>;
  readonly clock: Clock;
  /** Pattern of the nodes' own web addresses from the context; `{name}` stands for the node's name. */
  readonly nodeUrl: string | undefined;
  /**
   * A shell on the machine of the node of that name, with this admin machine's own logins. Nothing is connected before
   * its first use; it is shared, and closed with the command.
   */
  shellOn(node: string, address: MachineAddress): Promise<Shell>;
  /** Where the program Octopus.Server is on that machine, other than where it is installed by default. */
  octopusServerOn(node: string): string | undefined;
  /** PEM text of the authorities that the certificates of the nodes and of the API are checked against. */
  readonly ca: string | undefined;
  /** Milliseconds for one call over the network. */
  readonly timeout: number;
  /** What the connection string says; `undefined` where there is none. */
  readonly connection?: ConnectionFacts | undefined;
  /** The load balancer's web address from the context. */
  readonly balancerUrl?: string | undefined;
}
