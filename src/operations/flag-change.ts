import type { Node } from '../cluster/node.js';
import type { Effect } from '../database/database.js';
import { endHold, putHold } from '../database/queries/holds.js';
import { observeChange } from '../database/queries/observed.js';
import type { Running } from './journal/running.js';

/** Who holds the node and why, for as long as the flag is set. */
export interface HoldTerms {
  readonly who: string;
  readonly why: string;
  /** Milliseconds it should last; nobody said when absent. */
  readonly expect: number | undefined;
}

/** Writes the drain flag under an operation: the hold comes and goes with it, in the same batch. */
export function flagWriter(running: Running, node: Pick<Node, 'id' | 'name'>, hold: HoldTerms) {
  return (draining: boolean, signal: AbortSignal): Promise<boolean> => {
    const terms = { ...hold, operationId: running.id };
    const effects: readonly Effect[] = [
      ...(draining ? putHold(node.id, terms) : [endHold(node.id)]),
      observeChange(node.id, { draining }),
    ];
    const change = {
      node,
      action: draining ? 'drain' : 'undrain',
      before: draining ? 'in service' : 'draining',
      after: draining ? 'draining' : 'in service',
    };
    return running.change(change, running.channel.drainFlag(node, draining), effects, signal);
  };
}

/**
 * The database changes a flag and journals it at once; over the API a killed run may have left the journal behind: then
 * what it had intended is asked for again.
 */
export async function settleFlag(
  running: Running,
  node: Pick<Node, 'id' | 'name'>,
  write: (draining: boolean, signal: AbortSignal) => Promise<boolean>,
  signal: AbortSignal,
): Promise<void> {
  if (running.channel.name !== 'api') return;
  if (running.isOpen(node, 'drain')) await write(true, signal);
  if (running.isOpen(node, 'undrain')) await write(false, signal);
}

/** The flag as this operation left it; `undefined` where it has not written it. */
export const flagWritten = (running: Running, node: Pick<Node, 'id'>): boolean | undefined =>
  running.came(node, 'undrain') !== undefined ? false : running.came(node, 'drain') !== undefined ? true : undefined;
