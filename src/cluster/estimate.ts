/** A change that came to its end. */
export interface PastOperation {
  readonly kind: string;
  readonly nodes: readonly string[];
  readonly started: Date;
  readonly ended: Date;
}

/** How long similar operations took. */
export interface Estimate {
  /** Half of them took longer. */
  readonly usualMs: number;
  /** How many there were. */
  readonly of: number;
  /** Until the usual time is over; 0 where it is. */
  readonly leftMs: number;
}

/** So many on the same nodes tell more than those of the whole cluster. */
const enough = 3;

/** From the history of the same kind of change, of the same nodes where there is enough of it; `null` without any. */
export function estimate(
  { kind, nodes, started }: Pick<PastOperation, 'kind' | 'nodes' | 'started'>,
  past: readonly PastOperation[],
  at: Date,
): Estimate | null {
  const sameKind = past.filter((one) => one.kind === kind && one.nodes.length === nodes.length);
  const sameNodes = sameKind.filter((one) => one.nodes.every((node) => nodes.includes(node)));
  const similar = sameNodes.length >= enough ? sameNodes : sameKind;
  const took = similar.map(({ started, ended }) => ended.getTime() - started.getTime()).sort((a, b) => a - b);
  const usualMs = took[Math.floor(took.length / 2)];
  if (usualMs === undefined) return null;
  return { usualMs, of: took.length, leftMs: Math.max(0, usualMs - (at.getTime() - started.getTime())) };
}
