import type { Node } from '../cluster/node.js';
import { observeChange } from '../database/queries/observed.js';
import { Failure } from '../errors.js';
import { readStatusForChange } from './doubtful-nodes.js';
import { findNode } from './find-node.js';
import { type Operating, runOperation } from './journal/run-operation.js';
import { outlasting } from './outlasting.js';
import { hasWorsened, type Plan, propose } from './propose.js';
import type { Look } from './read-status.js';

export interface CapPlan extends Plan {
  readonly to: number;
}

/** What another task cap would mean, judged by every guard. A cap of 0 leaves a node that serves the portal only. */
export const planCap = (look: Look, node: Node, to: number, overrides: readonly string[]): CapPlan => ({
  ...propose(look, node, withCap(node, to), overrides),
  to,
});

function withCap(node: Node, taskCap: number): Node {
  if (node.state !== 'running' && node.state !== 'ui-only') return { ...node, taskCap };
  return { ...node, taskCap, state: taskCap === 0 ? 'ui-only' : 'running' };
}

/** Rejects as *partial* when the cap is no longer what the plan was made from. */
export async function changeCap(
  { cluster: reached, identity, occasion, balancer: _, ...continuing }: Operating,
  plan: CapPlan,
  signal: AbortSignal,
): Promise<{ readonly operation: string }> {
  const { node, to } = plan;
  const begun = {
    kind: 'cap',
    nodes: [node],
    request: { from: node.taskCap, to },
    essential: ['to'],
    occasion,
    ...continuing,
  };
  const change = { node, action: 'cap', before: String(node.taskCap), after: String(to) };
  return await runOperation(reached, identity, begun, signal, async (running) => {
    const cluster = outlasting(reached, running.lease.sleep, () => {});
    const result = { operation: running.id, ending: { state: 'done', outcome: { taskCap: to } } as const };
    if (node.taskCap === to) return result;
    const look = await readStatusForChange(cluster, signal);
    if (hasWorsened(plan, planCap(look, findNode(look.nodes, node.id), to, occasion.overrides))) {
      throw new Failure('refused', `the cluster has changed since this change of ${node.name} was planned`, {
        hint: 'Look again with: octo-ha status',
      });
    }
    if (
      !(await running.change(
        change,
        running.channel.taskCap(node, node.taskCap, to),
        [observeChange(node.id, { taskCap: to })],
        signal,
      ))
    ) {
      throw new Failure('partial', `somebody else changed the task cap of ${node.name} meanwhile, or its row is gone`, {
        hint: `See it with: octo-ha node show ${node.name}`,
      });
    }
    return result;
  });
}
