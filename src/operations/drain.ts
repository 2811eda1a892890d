import type { Node } from '../cluster/node.js';
import { type Capacity, capacityOf } from '../cluster/status.js';
import { hasEnded, type Task } from '../cluster/task.js';
import { Failure } from '../errors.js';
import type { Cluster } from './cluster.js';
import { type Heard, hear } from './guards/index.js';
import { controlNode, type Progress } from './node-control.js';
import { path, reach } from './reach.js';
import type { Look } from './read-status.js';

export interface DrainPlan {
  readonly node: Node;
  readonly before: Capacity;
  readonly after: Capacity;
  readonly heard: Heard;
  /** What would be done, in order; empty when the flag is set and nothing runs there. */
  readonly steps: readonly string[];
}

/** What a drain would mean, judged by every guard. Rejects when one of them refuses. */
export function planDrain(look: Look, node: Node, overrides: readonly string[]): DrainPlan {
  const nodes = look.nodes.map((other) =>
    other.id === node.id && other.state !== 'offline' && other.state !== 'stale'
      ? { ...other, draining: true, state: 'drained' as const }
      : other,
  );
  const { running, queue, oddities } = look;
  const heard = hear({ before: look.nodes, after: nodes, changing: [node.name], running, queue, oddities }, overrides);
  const steps = path(node.draining ? 'draining' : 'in-service', 'drained') ?? [];
  return { node, before: look.capacity, after: capacityOf(nodes), heard, steps: steps.map(({ why }) => why) };
}

export interface DrainOptions {
  /** Milliseconds to wait for the tasks to end. */
  readonly drainTimeout: number;
  readonly onTimeout: 'leave' | 'undrain';
  /** Sets the flag and does not wait. */
  readonly detach: boolean;
  readonly tellStep: (why: string) => void;
  readonly tellProgress: (progress: Progress) => void;
}

export interface DrainResult {
  readonly outcome: 'drained' | 'draining';
  /** The node's own ping named the flag. */
  readonly confirmedByNode: boolean;
  /** Milliseconds from the start to the end. */
  readonly tookMs: number;
  /** Every task seen on the node meanwhile. */
  readonly tasks: readonly Task[];
}

/** Takes a node out of service and waits until it is idle. Run again after a crash, it goes on where it stopped. */
export async function drain(
  cluster: Cluster,
  { node }: DrainPlan,
  { timing }: Look,
  { drainTimeout, onTimeout, detach, tellStep, tellProgress }: DrainOptions,
  signal: AbortSignal,
): Promise<DrainResult> {
  const { clock } = cluster;
  const started = clock.now();
  const control = controlNode(cluster, node, timing, tellProgress);
  const result = (outcome: DrainResult['outcome']): DrainResult => ({
    outcome,
    confirmedByNode: control.confirmed,
    tookMs: clock.now() - started,
    tasks: [...control.seen.values()],
  });
  const limit = clock.within(drainTimeout, signal);
  try {
    for await (const { why } of reach(detach ? 'draining' : 'drained', control, limit)) tellStep(why);
    return result(detach ? 'draining' : 'drained');
  } catch (error) {
    if (signal.aborted) throw interrupted(signal, node);
    if (!limit.aborted) throw error;
    const holding = [...control.seen.values()].filter(({ state }) => !hasEnded(state)).map(({ id }) => id);
    if (onTimeout === 'undrain' && !node.draining) {
      await control.setDrainFlag(false, signal);
      throw outOfTime('failed', node, holding, drainTimeout, 'it takes tasks again, as before');
    }
    throw outOfTime('deadline', node, holding, drainTimeout, 'it stays out of service');
  }
}

function outOfTime(
  kind: 'deadline' | 'failed',
  { name }: Node,
  holding: readonly string[],
  drainTimeout: number,
  stands: string,
): Failure {
  const held = holding.length > 0 ? `held by ${holding.join(', ')}` : 'still settling';
  return new Failure(kind, `${name} was not drained after ${drainTimeout / 1_000} s: ${held}; ${stands}`, {
    hint:
      kind === 'deadline'
        ? `Go on waiting with: octo-ha node drain ${name} — or give it tasks again with: octo-ha node undrain ${name}`
        : `Try again with a longer --drain-timeout: octo-ha node drain ${name}`,
    details: { node: name, tasks: holding },
  });
}

/** What stands after Ctrl-C, and the commands that go on. */
function interrupted(signal: AbortSignal, { name }: Node): unknown {
  const { reason } = signal;
  if (!(reason instanceof Failure)) return reason;
  return new Failure(reason.kind, `${reason.message}; ${name} may be left without new tasks`, {
    hint: `Go on with: octo-ha node drain ${name} — or give it tasks again with: octo-ha node undrain ${name}`,
  });
}
