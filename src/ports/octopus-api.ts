import type { Task } from '../cluster/task.js';

/** A node's settings as Octopus' API has them. `draining` is Octopus' `IsInMaintenanceMode` of a node. */
export interface ApiNode {
  /** Octopus' Id, exactly as it gave it. */
  readonly id: string;
  readonly name: string;
  readonly draining: boolean;
  readonly taskCap: number;
}

/** With how it is doing. What is `null` this version does not tell, or tells in words for people. */
export interface ApiNodeSummary extends ApiNode {
  readonly offline: boolean | null;
  readonly lastSeen: Date | null;
  readonly runningTasks: number | null;
  readonly version: string | null;
}

/** What a change of a node came to. Nothing was sent where it stood so already. */
export interface ApiChange {
  readonly changed: boolean;
  /** As it was read immediately before. */
  readonly before: ApiNode;
  /** As it was read immediately after. */
  readonly after: ApiNode;
}

export interface ApiRoot {
  readonly version: string;
  readonly installationId: string;
}

export interface ServerStatus {
  /** The cluster's maintenance mode, which is not drain. */
  readonly maintenance: boolean;
  readonly potentialClone: boolean | null;
  readonly databaseEncrypted: boolean | null;
}

export interface LicenceStatus {
  readonly compliant: boolean;
  readonly summary: string;
  /** `null` where none is told. */
  readonly expires: Date | null;
  readonly expiryBlocks: boolean | null;
  /** Tasks at a time that the licence leaves to one node, and to all of them; `null` where this version tells none. */
  readonly nodeTaskLimit: LicenceLimit['limit'];
  readonly clusterTaskLimit: LicenceLimit['limit'];
  readonly limits: readonly LicenceLimit[];
  readonly messages: readonly { readonly text: string; readonly disposition: string }[];
}

export interface LicenceLimit {
  readonly name: string;
  readonly limit: number | 'unlimited' | null;
  readonly usage: number | null;
}

/** Reads what an answer holds, or throws; a schema of zod is one. */
export interface Shape<T> {
  parse(value: unknown): T;
}

/**
 * Octopus' REST API with an administrator's key. A read rejects with a `Failure`: `unreachable` when nobody, or not
 * Octopus, answers or the key is not accepted, `refused` where its owner lacks a permission, `failed` where there is no
 * such thing. A change that was begun is finished in spite of the signal, within the time of one call; it rejects with
 * kind `unknown` when its answer was lost, and with `partial` when what stands afterwards is not what was sent.
 */
export interface OctopusApi {
  /** The base address, for messages. */
  readonly url: string;
  /** The administrator wants changes to go this way, and not through the database. */
  readonly preferred: boolean;
  root(signal: AbortSignal): Promise<ApiRoot>;
  nodes(signal: AbortSignal): Promise<readonly ApiNodeSummary[]>;
  node(id: string, signal: AbortSignal): Promise<ApiNode>;
  setDrainFlag(id: string, draining: boolean, signal: AbortSignal): Promise<ApiChange>;
  setTaskCap(id: string, cap: number, signal: AbortSignal): Promise<ApiChange>;
  /** A node that runs adds itself again within a minute. Nothing else of it is deleted. */
  deleteNode(id: string, signal: AbortSignal): Promise<void>;
  /** The node's tasks that are Executing or Cancelling, in every space and of the system. */
  runningTasks(nodeId: string, signal: AbortSignal): Promise<readonly Task[]>;
  /** `undefined` where there is no such task. */
  task(id: string, signal: AbortSignal): Promise<Task | undefined>;
  /** Asks Octopus to cancel a task, and answers at once: the node that runs it ends it later. */
  cancelTask(id: string, signal: AbortSignal): Promise<void>;
  serverStatus(signal: AbortSignal): Promise<ServerStatus>;
  licenceStatus(signal: AbortSignal): Promise<LicenceStatus>;
  /** Any other reading; `path` begins with `/api`. */
  get<T>(path: string, shape: Shape<T>, signal: AbortSignal): Promise<T>;
}
