import type { Node } from '../../cluster/node.js';
import type { Queue } from '../../cluster/status.js';

/** What a change is judged by: the nodes as they are, and as they would be after it. */
export interface Proposal {
  readonly before: readonly Node[];
  readonly after: readonly Node[];
  /** Names of the nodes that change. */
  readonly changing: readonly string[];
  /** Tasks running cluster-wide. */
  readonly running: number;
  readonly queue: Queue;
  readonly oddities: readonly string[];
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
