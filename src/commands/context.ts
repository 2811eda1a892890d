import type { OctopusApi } from '../checks/world.js';
import type { ClusterContext, Configuration } from '../configuration/configuration.js';
import type { LabHost } from '../lab/host.js';
import type { Cluster } from '../operations/cluster.js';
import type { BalancerPorts, KnownBalancer } from '../operations/tell-balancer.js';
import type { Clock } from '../ports/clock.js';
import type { ConfigurationFile } from '../ports/configuration-file.js';
import type { PartConnection } from '../ports/connection-strings.js';
import type { Files } from '../ports/files.js';
import type { Http } from '../ports/http.js';
import type { Identity } from '../ports/identity.js';
import type { Network } from '../ports/network.js';
import type { OwnFiles } from '../ports/own-files.js';
import type { SecretStore, Secrets } from '../ports/secrets.js';
import type { StorageAccess } from '../ports/storage-access.js';
import type { Terminal } from '../ports/terminal.js';

/** What the command line says for every command; see `global-options.ts`. */
export interface Globals {
  readonly context: string | undefined;
  readonly config: string | undefined;
  /** `csv` for the few commands that take it. */
  readonly output: 'text' | 'json' | 'ndjson' | 'yaml' | 'name' | 'csv';
  readonly absoluteTimes: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly color: boolean;
  readonly input: boolean;
  readonly pager: boolean;
  readonly yes: boolean;
  readonly confirm: string | undefined;
  readonly dryRun: boolean;
  readonly override: readonly string[];
  readonly reason: string | undefined;
  readonly change: string | undefined;
  readonly timeout: number;
  readonly waitLease: number;
  readonly deadline: number | undefined;
  /** Where each value came from, by the option's key. */
  readonly sources: Readonly<Record<string, 'flag' | 'environment' | 'default'>>;
}

/** Names on SQL Server: Octopus' own database, and the one with octo-ha's tables, which may be the same. */
export interface DatabaseNames {
  readonly octopus: string;
  readonly own: string;
}

/** What `main` hands to a command. Nothing is connected or read before a command asks for it. */
export interface Context {
  readonly globals: Globals;
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly http: Http;
  readonly network: Network;
  readonly files: Files;
  readonly identity: Identity;
  /** Aborts on Ctrl-C, with a `Failure` of kind `interrupted` as its reason, and at the deadline. */
  readonly signal: AbortSignal;
  readonly configurationFile: ConfigurationFile;
  configuration(): Promise<Configuration>;
  readonly partConnection: PartConnection;
  secretStore(): Promise<SecretStore>;
  /** The databases that the context names; `undefined` where there is no context or it names none. */
  databaseNames(): Promise<DatabaseNames | undefined>;
  /** The load balancer that the context describes; `undefined` where there is no context or it describes none. */
  balancer(): Promise<KnownBalancer | undefined>;
  /** How a load balancer is told of a change on this machine. */
  balancerPorts(): Promise<BalancerPorts>;
  /** The cluster that is meant. Rejects with a `Failure` of kind `usage` where no context says which. */
  cluster(): Promise<Cluster>;
  /** Octopus' REST API of that cluster; `undefined` where the context names no key. */
  octopus(): Promise<OctopusApi | undefined>;
  /** A cluster as it is described, which no context file need hold yet. It is closed with the command. */
  openCluster(name: string, described: ClusterContext): Promise<Cluster>;
  /** Makes the database of Octopus Server that is described, where it is missing; on a SQL Server only. */
  createOctopusDatabase(described: ClusterContext): Promise<void>;
  secrets(): Promise<Secrets>;
  ownFiles(): Promise<OwnFiles>;
  storage(): Promise<StorageAccess>;
  /** A file server wants a user and a password of this machine; Windows logs in by itself. */
  readonly storageWantsLogin: boolean;
  /** This machine as the host of a practice cluster. */
  lab(): Promise<LabHost>;
}
