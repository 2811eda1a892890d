import type { Node } from '../cluster/node.js';
import type { Limits } from './limits.js';
import type { World } from './world.js';

/** What checks are about, in the order of the report. */
export const subjects = [
  'database',
  'storage',
  'nodes',
  'network',
  'certificates',
  'load-balancer',
  'tentacles',
  'licence',
  'backup',
  'disaster-recovery',
  'cluster',
  'octo-ha',
] as const;

export type Subject = (typeof subjects)[number];
export type CheckId = `${Subject}/${string}`;

/** `commands` can be pasted as they are, once words in capitals are replaced. */
export interface Remedy {
  readonly text: string;
  readonly commands?: readonly string[];
}

/** What was seen, by name. Nothing in it is secret. */
export type Evidence = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

/** A remedy that octo-ha can apply by itself without harm; it is asked for, and the check run again. */
export interface Fix {
  /** `end the hold of web-7, which is not registered`. */
  readonly does: string;
  apply(signal: AbortSignal): Promise<void>;
}

/** What a check says of one subject. Only `crash` and `suppressed` come from elsewhere: the runner and a file. */
export type Verdict =
  | { readonly status: 'pass'; readonly evidence?: Evidence }
  | {
      readonly status: 'warn' | 'fail';
      readonly problem: string;
      /** Where it differs from the check's own cure. */
      readonly remedy?: Remedy;
      readonly evidence?: Evidence;
      readonly fix?: Fix;
    }
  | { readonly status: 'skip'; readonly because: string }
  | { readonly status: 'unknown'; readonly because: string; readonly evidence?: Evidence };

/** What a pure judge knows besides the facts. */
export interface Judging {
  readonly limits: Limits;
  /** By the database's clock. */
  readonly now: Date;
}

interface Claim {
  readonly id: CheckId;
  /** A claim that is true when the check passes. */
  readonly title: string;
  /** Why it matters, and how it is judged. */
  readonly why: string;
  /** What to do when it does not pass. */
  readonly cure: Remedy;
  /** Skipped unless these have passed, with or without a warning. They are declared earlier. */
  readonly needs?: readonly CheckId[];
  /** Milliseconds, where it differs from the runner's own. */
  readonly deadline?: number;
}

/** Looks once, from the admin machine. */
export interface ClusterCheck extends Claim {
  readonly kind: 'cluster';
  run(world: World, signal: AbortSignal): Promise<Verdict>;
}

/** Looks at each node that is not stale, from the admin machine or on the node's machine. */
export interface NodeCheck extends Claim {
  readonly kind: 'node';
  readonly from: 'admin' | 'machine';
  run(world: World, node: Node, signal: AbortSignal): Promise<Verdict>;
}

export type Check = ClusterCheck | NodeCheck;

export const subjectOf = ({ id }: Pick<Check, 'id'>): Subject => id.slice(0, id.indexOf('/')) as Subject;

export const pass = (evidence?: Evidence): Verdict =>
  evidence === undefined ? { status: 'pass' } : { status: 'pass', evidence };

export const fail = (problem: string, more: { evidence?: Evidence; remedy?: Remedy; fix?: Fix } = {}): Verdict => ({
  status: 'fail',
  problem,
  ...more,
});

export const warn = (problem: string, more: { evidence?: Evidence; remedy?: Remedy; fix?: Fix } = {}): Verdict => ({
  status: 'warn',
  problem,
  ...more,
});

export const skip = (because: string): Verdict => ({ status: 'skip', because });

export const unknown = (because: string, evidence?: Evidence): Verdict =>
  evidence === undefined ? { status: 'unknown', because } : { status: 'unknown', because, evidence };
