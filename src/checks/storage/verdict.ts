/** `commands` can be pasted as they are, once words in capitals are replaced. */
export interface Remedy {
  readonly text: string;
  readonly commands?: readonly string[];
}

/** What was seen, by name. Nothing in it is secret. */
export type Evidence = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

export type Verdict =
  | { readonly status: 'pass'; readonly evidence?: Evidence }
  | {
      readonly status: 'warn' | 'fail';
      readonly problem: string;
      /** Where it differs from the claim's own cure. */
      readonly remedy?: Remedy;
      readonly evidence?: Evidence;
    }
  | { readonly status: 'skip'; readonly because: string }
  | { readonly status: 'unknown'; readonly because: string; readonly evidence?: Evidence };

export interface StorageClaim {
  readonly id: `storage/${string}`;
  /** True when the check passes. */
  readonly title: string;
  /** Why it matters, and how it is judged. */
  readonly why: string;
  /** What to do when it does not pass. */
  readonly cure: Remedy;
}

interface More {
  readonly evidence?: Evidence;
  readonly remedy?: Remedy;
}

export const pass = (evidence?: Evidence): Verdict =>
  evidence === undefined ? { status: 'pass' } : { status: 'pass', evidence };

export const fail = (problem: string, more: More = {}): Verdict => ({ status: 'fail', problem, ...more });

export const warn = (problem: string, more: More = {}): Verdict => ({ status: 'warn', problem, ...more });

export const skip = (because: string): Verdict => ({ status: 'skip', because });

export const unknown = (because: string, evidence?: Evidence): Verdict =>
  evidence === undefined ? { status: 'unknown', because } : { status: 'unknown', because, evidence };
