import { nearest } from '../cluster/nearest.js';
import { Failure } from '../errors.js';

/** The node with this name or Id, without regard to case. Rejects with the nearest names, or where two share a name. */
export function findNode<T extends { readonly id: string; readonly name: string }>(
  nodes: readonly T[],
  wanted: string,
): T {
  const same = (value: string) => value.toLowerCase() === wanted.toLowerCase();
  const found = nodes.filter(({ id }) => same(id));
  if (found.length === 0) found.push(...nodes.filter(({ name }) => same(name)));
  const [node, another] = found;
  if (node && !another) return node;
  if (node) {
    throw new Failure('usage', `${found.length} nodes are named ${wanted}: ${found.map(({ id }) => id).join(', ')}`, {
      hint: 'Name the node by its Id.',
    });
  }
  const names = nodes.map(({ name }) => name);
  const near = nearest(wanted, names);
  const hint = near.length > 0 ? `Did you mean ${near.join(' or ')}?` : `The nodes are: ${names.join(', ') || 'none'}`;
  throw new Failure('usage', `there is no node ${wanted}`, { hint });
}
