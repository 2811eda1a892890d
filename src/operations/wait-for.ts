import { counted } from '../cluster/counted.js';
import { formatDuration } from '../cluster/duration.js';
import type { Node } from '../cluster/node.js';
import type { Timing } from '../cluster/timing.js';
import { Failure } from '../errors.js';
import type { Cluster } from './cluster.js';
import { findNode } from './find-node.js';
import { type Look, readStatus } from './read-status.js';

export interface Condition {
  /** What is still missing; `undefined` when it holds. */
  missing(look: Look): string | undefined;
  /** Milliseconds that it must hold without a break before it is believed. */
  steadyFor?(timing: Timing): number;
}

/** Reads `drained=NODE`, `running=NODE`, `ready` or `tasks-below=N`. Rejects anything else as usage. */
export function parseCondition(text: string): Condition {
  const [name = '', value] = text.split(/=(.*)/s);
  if (name === 'ready' && value === undefined) return ready;
  if (name === 'tasks-below' && value !== undefined && /^[1-9]\d*$/.test(value)) return tasksBelow(Number(value));
  if ((name === 'drained' || name === 'running') && value) return nodeIs(name, value);
  throw new Failure('usage', `${text} is no condition`, {
    hint: 'Write drained=NODE, running=NODE, ready or tasks-below=N.',
  });
}

const nodeIs = (state: Node['state'], wanted: string): Condition => ({
  missing({ nodes }) {
    const node = findNode(nodes, wanted);
    return node.state === state ? undefined : `${node.name} is ${node.state}`;
  },
  // A node whose flag was set just now may still take a task: only time tells from the outside.
  steadyFor: (timing) => (state === 'drained' ? timing.settleUnconfirmed : 0),
});

/** Every node that nobody holds is there, and some node takes tasks. */
const ready: Condition = {
  missing({ nodes, capacity }) {
    const isMissing = ({ state, draining }: Node) =>
      !draining && state !== 'running' && state !== 'ui-only' && state !== 'stale';
    const missing = nodes.filter(isMissing);
    if (missing.length > 0) return missing.map(({ name, state }) => `${name} is ${state}`).join(', ');
    return capacity.total > 0 ? undefined : 'no node takes tasks';
  },
};

const tasksBelow = (limit: number): Condition => ({
  missing: ({ running }) => (running < limit ? undefined : `${counted(running, 'task')} running`),
});

/** Looks until the condition holds, and tells what is missing whenever that changes. */
export async function waitFor(
  cluster: Cluster,
  condition: Condition,
  tell: (missing: string) => void,
  signal: AbortSignal,
): Promise<Look> {
  let since: number | undefined;
  for (let told: string | undefined; ; ) {
    const look = await readStatus(cluster, signal);
    const { at, timing } = look;
    const steady = condition.steadyFor?.(timing) ?? 0;
    const absent = condition.missing(look);
    since = absent === undefined ? (since ?? at.getTime()) : undefined;
    if (since !== undefined && at.getTime() - since >= steady) return look;
    const missing = absent ?? `it has to stay so for ${formatDuration(steady)}`;
    if (missing !== told) tell(missing);
    told = missing;
    await cluster.clock.sleep(timing.look, signal);
  }
}
