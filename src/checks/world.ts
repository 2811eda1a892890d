import type { ConnectionFacts } from '../cluster/connection-facts.js';
import type { MachineAddress } from '../cluster/machine-address.js';
import type { Hold, Node } from '../cluster/node.js';
import type { LeaseRow } from '../cluster/operation.js';
import type { Catalogue, Database, Question } from '../database/database.js';
import type { ClusterPin } from '../database/queries/cluster-pin.js';
import type { SchemaVersion } from '../database/queries/schema-version.js';
import type { BalancerTiming } from '../load-balancer/balancer.js';
import type { Ping } from '../operations/ping.js';
import type { MachineFacts } from '../operations/probe/machine-facts.js';
import type { Look } from '../operations/read-status.js';
import type { Clock } from '../ports/clock.js';
import type { EngineName } from '../ports/database.js';
import type { Http } from '../ports/http.js';
import type { Network } from '../ports/network.js';
import type { Declared } from './declared.js';
import type { Limits } from './limits.js';
import type { StorageFacts } from './storage/facts.js';
import type { SharedProof } from './storage/nodes/prove-shared.js';
import type { TaskLogs } from './storage/task-logs.js';

/** Asks Octopus' REST API, with a key. */
export interface OctopusApi {
  /** The parsed answer. Rejects with a `Failure`, of kind `failed` where there is no such thing. */
  get(path: string, signal: AbortSignal): Promise<unknown>;
}

/** What is kept in octo-ha's own tables. */
export interface OwnState {
  readonly schema: SchemaVersion | null;
  readonly newestSchema: number;
  readonly pin: ClusterPin | null;
  readonly settings: ReadonlyMap<string, string>;
  readonly lease: LeaseRow | null;
  /** By the node's Id, also those of nodes that are gone. */
  readonly holds: ReadonlyMap<string, Hold>;
  /** By `nodeKey`. */
  readonly webAddresses: ReadonlyMap<string, string>;
  readonly machineAddresses: ReadonlyMap<string, MachineAddress>;
}

/** What a node says of itself on the web. */
export interface Web {
  readonly url: string;
  readonly ping: Ping;
  /** From `/api`; `null` where it does not tell. */
  readonly version: string | null;
  readonly installationId: string | null;
}

/**
 * The part of the world that checks look at. They look; they never change it. What several checks need is asked once:
 * every method gives the same answer for the whole run.
 */
export interface World {
  readonly engine: EngineName;
  /** For fixes. */
  readonly database: Database;
  readonly http: Http;
  readonly network: Network;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly declared: Declared;
  readonly connection: ConnectionFacts | undefined;
  readonly octopus: OctopusApi | undefined;
  /** A path that a node takes long to answer, to see how long the load balancer waits; `undefined` where nobody told. */
  readonly slowPath: string | undefined;
  /** PEM text of the authorities that nodes and balancer are checked against. */
  readonly ca: string | undefined;
  /** Milliseconds for one call over the network. */
  readonly timeout: number;
  /** Loads a fact once, for whoever asks under that name first; it is not given up with the first who asks. */
  remember<T>(name: string, load: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T>;
  ask<T>(question: Question<T>, signal: AbortSignal): Promise<T>;
  /** The context names a pattern for the nodes' web addresses. */
  readonly hasNodePattern: boolean;
  catalogue(signal: AbortSignal): Promise<Catalogue>;
  status(signal: AbortSignal): Promise<Look>;
  own(signal: AbortSignal): Promise<OwnState>;
  /** The load balancer's web address; `undefined` where nobody told. */
  balancer(signal: AbortSignal): Promise<string | undefined>;
  /** How long it may take to notice a drain. */
  balancerTimes(signal: AbortSignal): Promise<BalancerTiming>;
  /** Folders of the shared storage, as far as they are known. */
  sharedFolders(signal: AbortSignal): Promise<readonly string[]>;
  /** Files of octo-ha's own may be written into the shared folder, and are removed again; nothing that stays. */
  readonly probing: boolean;
  /** One visit to the shared folder from this machine; `undefined` where the context does not name it. */
  storage(signal: AbortSignal): Promise<StorageFacts | undefined>;
  /** The newest logs there; `undefined` where the context does not name the folder. */
  taskLogs(signal: AbortSignal): Promise<TaskLogs | undefined>;
  /** What the nodes see of one another's files there, or why they could not be asked. */
  sharedProof(signal: AbortSignal): Promise<SharedProof | { readonly because: string }>;
  /** A node's own web address; `undefined` where nobody told. */
  webAddress(node: Node, signal: AbortSignal): Promise<string | undefined>;
  /** `undefined` where its web address is not known. */
  web(node: Node, signal: AbortSignal): Promise<Web | undefined>;
  /** One probe of the node's machine; `undefined` where it is not known how to reach it. */
  machine(node: Node, signal: AbortSignal): Promise<MachineFacts | undefined>;
}
