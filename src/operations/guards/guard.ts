import type { Node } from '../../cluster/node.js';
import type { Queue } from '../../cluster/status.js';
import type { LicenceStatus } from '../../ports/octopus-api.js';

/** What a change is judged by: the nodes as they are, and as they would be after it. */
export interface Proposal {
  readonly before: readonly Node[];
  readonly after: readonly Node[];
  /** The nodes that change, as they are. */
  readonly changing: readonly Node[];
  /** Tasks running on registered nodes. */
  readonly running: number;
  readonly queue: Queue;
  /** Tasks on the changing nodes that wait for a human. */
  readonly bound: number;
  readonly oddities: readonly string[];
  /** Absent where only the database is written to. */
  readonly machine?: MachineFacts;
  /** A node that is to join: it is none of the nodes yet. */
  readonly joining?: Joining;
}

export interface Joining {
  readonly name: string;
  /** Why it is not known, in words, where it is not. */
  readonly licence: LicenceStatus | string;
}

export interface Unproven {
  /** The node's name. */
  readonly name: string;
  /** What the machine says of itself instead, in words; absent where it says nothing. */
  readonly told?: string | undefined;
}

/** What is known of the machines that a change would log in to. */
export interface MachineFacts {
  /** Who makes the change. */
  readonly who: string;
  /** Nodes of which nothing proves that the machine is theirs. */
  readonly unproven: readonly Unproven[];
}

/** *Unknown* refuses like *refuse*. */
export type Verdict =
  | { readonly verdict: 'allow' }
  | { readonly verdict: 'warn'; readonly message: string }
  | { readonly verdict: 'refuse'; readonly message: string; readonly severe?: boolean };

/** Says whether a change may be made, from facts alone: no I/O, no printing, no prompting. */
export interface Guard {
  /** Also what `--override` takes. */
  readonly id: string;
  /** Why the guard exists and what overriding it risks. */
  readonly explain: string;
  judge(proposal: Proposal): Verdict;
}

export const allow: Verdict = { verdict: 'allow' };

/** In service as far as anybody can tell: a state that is not known does not make a node dispensable. */
export const mayServe = ({ state, draining }: Node): boolean => state !== 'offline' && !draining;

export const names = (nodes: readonly Node[]): string => nodes.map(({ name }) => name).join(', ');
