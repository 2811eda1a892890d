import type { Operation, OperationState, Step } from '../../cluster/operation.js';
import { Failure } from '../../errors.js';

export const hasEnded = (id: string): Failure =>
  new Failure('refused', `operation ${id} has ended meanwhile`, { hint: `See it with: octo-ha operation show ${id}` });

/** What is journaled of each node before anything is undone. */
export const givingUp = 'give-up';

/** What is undone by half is not gone on with. */
export function mustNotBeGivenUp(id: string, journal: readonly Step[]): void {
  if (!journal.some(({ action }) => action === givingUp)) return;
  throw new Failure('refused', `operation ${id} is being given up; what it did is undone in part`, {
    hint: `Finish that first: octo-ha operation abort ${id}`,
  });
}

/** Kinds that leave a machine in between: nothing else is begun on their nodes before they are finished or given up. */
const machineKinds: ReadonlySet<string> = new Set(['restart', 'stop', 'start', 'decommission', 'add']);

/**
 * A crashed operation is finished or given up before another begins, since its journal says what is half done; so is one
 * that has left a machine in between, before another of the same nodes.
 */
export function refuseCrashed(unfinished: readonly Operation[], id: string, nodes: readonly string[]): void {
  const isInTheWay = ({ state, isCrashed, kind, nodes: theirs }: Operation) =>
    isCrashed || state === 'running' || (machineKinds.has(kind) && theirs.some((name) => nodes.includes(name)));
  const found = unfinished.find((operation) => operation.id !== id && isInTheWay(operation));
  if (found === undefined) return;
  const what = `${found.kind} ${found.nodes.join(', ')}`;
  throw new Failure('busy', `operation ${found.id} (${what}) of ${found.who} is unfinished`, {
    hint: waysOn(found.id),
    details: { operation: found.id },
  });
}

/** How an operation is left behind by what ended it. */
export function stateAfter(failure: unknown, signal: AbortSignal): OperationState {
  if (signal.aborted || !(failure instanceof Failure)) return 'interrupted';
  return ['failed', 'refused', 'usage'].includes(failure.kind) ? 'failed' : 'interrupted';
}

/** Names the operation, and never says "nothing was changed" where something stands. */
export function withOperation(error: unknown, id: string, stands: boolean, ways: string = waysOn(id)): unknown {
  if (!(error instanceof Failure)) return error;
  const { kind, message, cause, details, hint } = error;
  const leftPartly =
    kind === 'unreachable' || (stands && (kind === 'failed' || kind === 'refused' || kind === 'usage'));
  const named = message.includes(id) ? message : `${message} (operation ${id})`;
  return new Failure(leftPartly ? 'partial' : kind, named, {
    hint: hint ?? ways,
    cause,
    details: { ...details, operation: id },
  });
}

/** The two commands that end an unfinished operation, a line each. */
export const waysOn = (id: string, again = `octo-ha operation resume ${id}`): string =>
  `Go on with it:  ${again}\nGive it up:     octo-ha operation abort ${id}`;
