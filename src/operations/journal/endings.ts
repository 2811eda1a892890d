import type { Operation, OperationState } from '../../cluster/operation.js';
import { Failure } from '../../errors.js';

export const hasEnded = (id: string): Failure =>
  new Failure('refused', `operation ${id} has ended meanwhile`, { hint: `See it with: octo-ha operation show ${id}` });

/** A crashed operation is finished or given up before another begins: its journal says what is half done. */
export function refuseCrashed(unfinished: readonly Operation[], id: string): void {
  const crashed = unfinished.find((operation) => operation.state === 'running' && operation.id !== id);
  if (crashed === undefined) return;
  const what = `${crashed.kind} ${crashed.nodes.join(', ')}`;
  throw new Failure('busy', `operation ${crashed.id} (${what}) of ${crashed.who} is unfinished`, {
    hint: waysOn(crashed.id),
    details: { operation: crashed.id },
  });
}

/** How an operation is left behind by what ended it. */
export function stateAfter(failure: unknown, signal: AbortSignal): OperationState {
  if (signal.aborted || !(failure instanceof Failure)) return 'interrupted';
  return failure.kind === 'failed' || failure.kind === 'refused' ? 'failed' : 'interrupted';
}

/** Names the operation, and never says "nothing was changed" where something stands. */
export function withOperation(error: unknown, id: string, stands: boolean): unknown {
  if (!(error instanceof Failure)) return error;
  const { kind, message, cause, details, hint } = error;
  const leftPartly = kind === 'unreachable' || (stands && (kind === 'failed' || kind === 'refused'));
  return new Failure(leftPartly ? 'partial' : kind, message, {
    hint: hint ?? waysOn(id),
    cause,
    details: { ...details, operation: id },
  });
}

/** The two commands that end an unfinished operation, a line each. */
export const waysOn = (id: string): string =>
  `Go on with it:  octo-ha operation resume ${id}\nGive it up:     octo-ha operation abort ${id}`;
