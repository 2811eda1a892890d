import { nodeRecords } from '../database/queries/nodes.js';
import { operations } from '../database/queries/operations.js';
import type { Cluster } from './cluster.js';

/** The names of all nodes. */
export async function nodeNames({ database }: Cluster, signal: AbortSignal): Promise<readonly string[]> {
  const [nodes] = await database.ask([nodeRecords], signal);
  return nodes.map(({ name }) => name);
}

export interface NamedOperation {
  readonly id: string;
  /** `drain web-2, interrupted`. */
  readonly what: string;
}

/** The operations that have not ended, newest first; `all` adds the others. */
export async function namedOperations(
  { database }: Cluster,
  which: 'unfinished' | 'all',
  signal: AbortSignal,
): Promise<readonly NamedOperation[]> {
  const [found] = await database.ask([operations(which)], signal);
  return found.map(({ id, kind, nodes, state }) => ({ id, what: `${kind} ${nodes.join(', ')}, ${state}` }));
}
