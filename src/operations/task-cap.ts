import type { Node } from '../cluster/node.js';
import { type Capacity, capacityOf } from '../cluster/status.js';
import { setTaskCap } from '../database/queries/set-task-cap.js';
import { Failure } from '../errors.js';
import { type Heard, hear } from './guards/index.js';
import { type Operating, runOperation } from './journal/run-operation.js';
import type { Look } from './read-status.js';

export interface CapPlan {
  readonly node: Node;
  readonly to: number;
  readonly before: Capacity;
  readonly after: Capacity;
  readonly heard: Heard;
}

/** What another task cap would mean, judged by every guard. A cap of 0 leaves a node that serves the portal only. */
export function planCap(look: Look, node: Node, to: number, overrides: readonly string[]): CapPlan {
  const nodes = look.nodes.map((other) => (other.id === node.id ? withCap(other, to) : other));
  const { running, queue, oddities } = look;
  const heard = hear({ before: look.nodes, after: nodes, changing: [node.name], running, queue, oddities }, overrides);
  return { node, to, before: look.capacity, after: capacityOf(nodes), heard };
}

function withCap(node: Node, taskCap: number): Node {
  if (node.state !== 'running' && node.state !== 'ui-only') return { ...node, taskCap };
  return { ...node, taskCap, state: taskCap === 0 ? 'ui-only' : 'running' };
}

/** Rejects as *partial* when the cap is no longer what the plan was made from. */
export async function changeCap(
  { cluster, identity, occasion }: Operating,
  { node, to }: CapPlan,
  signal: AbortSignal,
): Promise<{ readonly operation: string }> {
  const begun = { kind: 'cap', nodes: [node], request: { from: node.taskCap, to }, occasion };
  const change = { node, action: 'cap', before: String(node.taskCap), after: String(to) };
  return await runOperation(cluster, identity, begun, signal, async (running) => {
    if (!(await running.change(change, [setTaskCap(node.id, node.taskCap, to)], signal))) {
      throw new Failure('partial', `somebody else changed the task cap of ${node.name} meanwhile, or its row is gone`, {
        hint: `See it with: octo-ha node show ${node.name}`,
      });
    }
    return { operation: running.id, ending: { state: 'done', outcome: { taskCap: to } } as const };
  });
}
