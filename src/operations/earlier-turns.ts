import type { Node } from '../cluster/node.js';
import type { Operation } from '../cluster/operation.js';
import { steps } from '../database/queries/steps.js';
import type { Cluster } from './cluster.js';

/** How far an unfinished operation has come with its nodes, by their Ids. */
export interface EarlierTurns {
  /** It is through with these. */
  readonly done: ReadonlySet<string>;
  /** It has taken these out of service, and not given them back yet. */
  readonly out: ReadonlySet<string>;
}

export async function earlierTurns(
  cluster: Cluster,
  operation: Operation | undefined,
  signal: AbortSignal,
): Promise<EarlierTurns> {
  if (operation === undefined) return { done: new Set(), out: new Set() };
  const [journal] = await cluster.database.ask([steps(operation.id)], signal);
  const idsOf = (wanted: string) =>
    new Set(journal.flatMap(({ action, result, nodeId }) => (action === wanted && result === 'done' ? [nodeId] : [])));
  const back = idsOf('undrain');
  return { done: idsOf(operation.kind), out: new Set([...idsOf('drain')].filter((id) => !back.has(id))) };
}

/** A node that the operation itself has taken out counts as in service while another one's turn is judged. */
export const asIfBack = (node: Node): Node => ({
  ...node,
  draining: false,
  hold: null,
  state: node.taskCap > 0 ? 'running' : 'ui-only',
});
