import type { Operation } from '../../cluster/operation.js';
import type { Effect } from '../../database/database.js';
import { setOperationState } from '../../database/queries/operations.js';
import type { Begun } from './run-operation.js';

/** The same kind, of the same nodes, asking for the same: options such as a time limit may differ from run to run. */
export function isSame(
  { kind, nodes, request }: Operation,
  begun: Pick<Begun, 'kind' | 'nodes' | 'request' | 'essential'>,
): boolean {
  const names = (list: readonly string[]) => [...list].sort().join('\n').toLowerCase();
  return (
    kind === begun.kind &&
    names(nodes) === names(begun.nodes.map(({ name }) => name)) &&
    (begun.essential ?? []).every((key) => request[key] === begun.request[key])
  );
}

/** What an operation changes: a later one of the same node and the same subject overtakes one that was left unfinished. */
const subjects: Readonly<Record<string, string>> = { drain: 'drain flag', undrain: 'drain flag', cap: 'task cap' };

/** Gives those up. */
export const supersededBy = (unfinished: readonly Operation[], begun: Begun, id: string): readonly Effect[] =>
  unfinished
    .filter((operation) => operation.id !== id && operation.state !== 'running' && !operation.isCrashed)
    .filter(({ kind }) => subjects[kind] !== undefined && subjects[kind] === subjects[begun.kind])
    .filter((operation) => operation.nodes.some((name) => begun.nodes.some((node) => node.name === name)))
    .map((operation) => setOperationState(operation.id, 'aborted', { supersededBy: id }));
