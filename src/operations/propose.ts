import type { Node } from '../cluster/node.js';
import { type Capacity, capacityOf } from '../cluster/status.js';
import { type Heard, hear } from './guards/index.js';
import type { Look } from './read-status.js';

/** What a change of one node would mean. */
export interface Plan {
  /** As it is before. */
  readonly node: Node;
  readonly before: Capacity;
  readonly after: Capacity;
  readonly heard: Heard;
}

/** Has every guard judge a change of `node` into `changed`. Rejects when one refuses that is not overridden. */
export function propose(look: Look, node: Node, changed: Node, overrides: readonly string[]): Plan {
  const { nodes, running, orphaned, queue, bound, oddities } = look;
  const after = nodes.map((other) => (other.id === node.id ? changed : other));
  const heard = hear(
    {
      before: nodes,
      after,
      changing: [node],
      // Tasks of nodes that are gone take nobody's cap.
      running: running - orphaned,
      queue,
      bound: bound.get(node.id) ?? 0,
      oddities,
    },
    overrides,
  );
  return { node, before: look.capacity, after: capacityOf(after), heard };
}

/** The node out of service: one that is offline stays offline. */
export const drained = (node: Node): Node => ({
  ...node,
  draining: true,
  state: node.state === 'offline' || node.state === 'stale' ? node.state : 'drained',
});

/** What the person has seen and consented to is no longer what would happen. */
export const hasWorsened = (shown: Plan, now: Plan): boolean =>
  now.after.total < shown.after.total || (now.heard.severe && !shown.heard.severe);
