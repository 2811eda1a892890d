import type { Node } from '../cluster/node.js';
import { Failure } from '../errors.js';
import { drained, type Plan, proposeAll } from './propose.js';
import type { Look } from './read-status.js';

/** What stopping these nodes together would mean; rejects as *refused* where a guard is against it. */
export const okToStop = (look: Look, nodes: readonly Node[], overrides: readonly string[]): Omit<Plan, 'node'> =>
  proposeAll(look, nodes.map(drained), overrides);

/** How many further nodes could stop at the same time, those with the smallest caps first. */
export function howManyMore(look: Look, nodes: readonly Node[], overrides: readonly string[]): number {
  const stopped = [...nodes];
  const others = look.nodes
    .filter((node) => !nodes.some(({ id }) => id === node.id) && (node.state === 'running' || node.state === 'ui-only'))
    .sort((a, b) => a.taskCap - b.taskCap);
  for (const node of others) {
    if (isOk(look, [...stopped, node], overrides)) stopped.push(node);
  }
  return stopped.length - nodes.length;
}

function isOk(look: Look, nodes: readonly Node[], overrides: readonly string[]): boolean {
  try {
    okToStop(look, nodes, overrides);
    return true;
  } catch (error) {
    if (error instanceof Failure && error.kind === 'refused') return false;
    throw error;
  }
}
