/**
 * `waiting`: detached, nobody watches. `interrupted`: ended before its goal, on request or with its process; it can be
 * resumed.
 */
export type OperationState = 'running' | 'waiting' | 'interrupted' | 'done' | 'failed' | 'aborted';

/** One journaled change. */
export interface Operation {
  /** Sorts by time: `20260301-100000-k7f3`. */
  readonly id: string;
  /** The command without `node`: `drain`. */
  readonly kind: string;
  readonly state: OperationState;
  /** Its process has ended without a word: it is *interrupted*, and what it was about to do may be half done. */
  readonly isCrashed: boolean;
  /** Names of the nodes it is about. */
  readonly nodes: readonly string[];
  /** What was asked for; nothing in it is secret. */
  readonly request: Readonly<Record<string, unknown>>;
  /** `user@host` of whoever began it. */
  readonly who: string;
  readonly host: string;
  readonly reason: string | null;
  readonly changeId: string | null;
  readonly channel: string;
  readonly started: Date;
  readonly ended: Date | null;
  readonly outcome: Readonly<Record<string, unknown>> | null;
}

/** Intent is written before an effect and the result after it: an intent without a result is looked into. */
export interface Step {
  /** Counts from 1 in its operation. */
  readonly number: number;
  readonly nodeId: string;
  readonly action: string;
  readonly intended: Date;
  readonly ended: Date | null;
  readonly result: 'done' | 'failed' | null;
  readonly detail: string | null;
}

/** Who has, or last had, the right to change the cluster. */
export interface LeaseRow {
  /** Grows with every taking: an effect that carries a lower one touches nothing. */
  readonly token: number;
  /** A random word of the process that holds it; empty when it was given back. */
  readonly holder: string;
  readonly operationId: string | null;
  readonly who: string;
  readonly host: string;
  readonly pid: number;
  /** When that process was started, in the words of its operating system. */
  readonly processStarted: string;
  readonly since: Date;
  readonly expires: Date;
  /** Why somebody asks the holder to stop; `null` when nobody does. */
  readonly stopRequested: string | null;
}

export interface AuditEntry {
  readonly id: string;
  readonly at: Date;
  /** The login at the database. */
  readonly login: string;
  readonly who: string;
  readonly host: string;
  readonly nodeId: string;
  readonly nodeName: string;
  readonly action: string;
  readonly before: string | null;
  readonly after: string | null;
  readonly reason: string | null;
  readonly changeId: string | null;
  readonly overrides: string | null;
  readonly channel: string;
  readonly operationId: string | null;
}

export const isUnfinished = ({ state }: Pick<Operation, 'state'>): boolean =>
  state === 'running' || state === 'waiting' || state === 'interrupted';
