import type { Node } from '../cluster/node.js';
import { type Capacity, capacityOf } from '../cluster/status.js';
import type { Joining, MachineFacts } from './guards/guard.js';
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
export const propose = (
  look: Look,
  node: Node,
  changed: Node,
  overrides: readonly string[],
  machine?: MachineFacts,
): Plan => ({
  node,
  ...proposeAll(look, [changed], overrides, machine),
});

/** The same for several nodes that change together. */
export function proposeAll(
  look: Look,
  changed: readonly Node[],
  overrides: readonly string[],
  machine?: MachineFacts,
): Omit<Plan, 'node'> {
  const { nodes, running, orphaned, queue, bound, oddities } = look;
  const after = nodes.map((node) => changed.find(({ id }) => id === node.id) ?? node);
  const changing = nodes.filter((node) => changed.some(({ id }) => id === node.id));
  const heard = hear(
    {
      before: nodes,
      after,
      changing,
      // Tasks of nodes that are gone take nobody's cap.
      running: running - orphaned,
      queue,
      bound: changing.reduce((sum, { id }) => sum + (bound.get(id) ?? 0), 0),
      oddities,
      ...(machine === undefined ? {} : { machine }),
    },
    overrides,
  );
  return { before: look.capacity, after: capacityOf(after), heard };
}

/** Has every guard judge that one more node joins. Rejects when one refuses that is not overridden. */
export function proposeJoining(look: Look, joining: Joining, overrides: readonly string[]): Heard {
  const { nodes, running, orphaned, queue, oddities } = look;
  const judged = { before: nodes, after: nodes, changing: [], running: running - orphaned, queue, bound: 0, oddities };
  return hear({ ...judged, joining }, overrides);
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
