import type { Timing } from './timing.js';

/** One place computes it: `nodeState`. */
export type NodeState = 'running' | 'ui-only' | 'draining' | 'drained' | 'offline' | 'stale' | 'unknown';

/** A node deliberately kept out of service. */
export interface Hold {
  readonly who: string;
  readonly why: string;
  readonly since: Date;
  /** When it is expected to end; `null` when nobody said. */
  readonly until: Date | null;
}

/** A node as octo-ha saw it. An offline node keeps its `draining` and `runningTasks`. */
export interface Node {
  /** Octopus' Id, exactly as the database has it; every write names it. */
  readonly id: string;
  readonly name: string;
  readonly state: NodeState;
  readonly draining: boolean;
  readonly hold: Hold | null;
  readonly runningTasks: number;
  readonly taskCap: number;
  readonly lastSeen: Date | null;
  readonly version: string | null;
}

export interface Seen {
  readonly draining: boolean;
  readonly taskCap: number;
  readonly runningTasks: number;
  readonly lastSeen: Date | null;
  /** The node said so itself, at a clean shutdown. */
  readonly flaggedOffline: boolean;
  /** `true` when its ping was asked and failed; absent when it was not asked. */
  readonly pingFails?: boolean;
}

/**
 * The state of a node at `now`, by the database's clock. Octopus shows a node as offline after about a minute
 * without a heartbeat; octo-ha waits longer unless the ping fails too, because heartbeats come every 60 seconds or so.
 * https://octopus.com/docs/administration/high-availability/maintain
 */
export function nodeState(seen: Seen, now: Date, timing: Timing): NodeState {
  if (seen.lastSeen === null) return seen.flaggedOffline ? 'offline' : 'unknown';
  const unseen = now.getTime() - seen.lastSeen.getTime();
  if (unseen >= timing.staleAfter) return 'stale';
  if (seen.flaggedOffline || unseen >= timing.offlineAfter) return 'offline';
  if (seen.pingFails === true && unseen >= timing.heartbeat) return 'offline';
  if (seen.draining) return seen.runningTasks > 0 ? 'draining' : 'drained';
  return seen.taskCap === 0 ? 'ui-only' : 'running';
}

/** Takes new tasks. */
export const takesTasks = (node: Pick<Node, 'state'>): boolean => node.state === 'running';

/** Answers its ping with 200, so that the load balancer sends it requests. */
export const servesWeb = (node: Pick<Node, 'state'>): boolean => node.state === 'running' || node.state === 'ui-only';

const idPrefix = 'octopusservernodes-';

/** An Id or a name in the form in which the two can be compared: the prefix came with version 3.16. */
export function nodeKey(idOrName: string): string {
  const lower = idOrName.toLowerCase();
  return lower.startsWith(idPrefix) ? lower.slice(idPrefix.length) : lower;
}
