import { nodeKey } from './node.js';

/**
 * The node that a task names. Tasks hold an Id or, in old versions, a name; an Id goes first, because after a rename
 * the name of one node may be the Id of another.
 */
export function taskOwner<T extends { readonly id: string; readonly name: string }>(
  named: string | null,
  nodes: readonly T[],
): T | undefined {
  if (named === null) return undefined;
  const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
  return (
    nodes.find(({ id }) => same(id, named)) ??
    nodes.find(({ id }) => nodeKey(id) === nodeKey(named)) ??
    nodes.find(({ name }) => same(name, named))
  );
}
