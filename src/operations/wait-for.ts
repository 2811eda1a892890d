import type { Node } from '../cluster/node.js';
import { Failure } from '../errors.js';
import type { Cluster } from './cluster.js';
import { findNode } from './find-node.js';
import { type Look, readStatus } from './read-status.js';

/** What is still missing from a condition; `undefined` when it holds. */
export type Condition = (look: Look) => string | undefined;

/** Reads `drained=NODE`, `running=NODE`, `ready` or `tasks-below=N`. Rejects anything else as usage. */
export function parseCondition(text: string): Condition {
  const [name = '', value] = text.split(/=(.*)/s);
  if (name === 'ready' && value === undefined) return ready;
  if (name === 'tasks-below' && value !== undefined && /^\d+$/.test(value)) return tasksBelow(Number(value));
  if ((name === 'drained' || name === 'running') && value) return nodeIs(name, value);
  throw new Failure('usage', `${text} is no condition`, {
    hint: 'Write drained=NODE, running=NODE, ready or tasks-below=N.',
  });
}

const nodeIs =
  (state: Node['state'], wanted: string): Condition =>
  ({ nodes }) => {
    const node = findNode(nodes, wanted);
    return node.state === state ? undefined : `${node.name} is ${node.state}`;
  };

/** Every node that nobody holds is there, and some node takes tasks. */
const ready: Condition = ({ nodes, capacity }) => {
  const missing = nodes.filter(
    ({ state, draining }) => !draining && state !== 'running' && state !== 'ui-only' && state !== 'stale',
  );
  if (missing.length > 0) return missing.map(({ name, state }) => `${name} is ${state}`).join(', ');
  return capacity.total > 0 ? undefined : 'no node takes tasks';
};

const tasksBelow =
  (limit: number): Condition =>
  ({ running }) =>
    running < limit ? undefined : `${running} tasks are running`;

/** Looks until the condition holds, and tells what is missing whenever that changes. */
export async function waitFor(
  cluster: Cluster,
  condition: Condition,
  tell: (missing: string) => void,
  signal: AbortSignal,
): Promise<Look> {
  for (let told: string | undefined; ; ) {
    const look = await readStatus(cluster, signal);
    const missing = condition(look);
    if (missing === undefined) return look;
    if (missing !== told) tell(missing);
    told = missing;
    await cluster.clock.sleep(look.timing.look, signal);
  }
}
