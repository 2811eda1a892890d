import type { Node } from '../cluster/node.js';
import { type Capacity, capacityOf } from '../cluster/status.js';
import { hasEnded, type Task } from '../cluster/task.js';
import { Failure } from '../errors.js';
import { flagWriter } from './flag-change.js';
import { type Heard, hear } from './guards/index.js';
import { type Operating, type Running, runOperation } from './journal/run-operation.js';
import { type ControlledNode, controlNode, type Progress } from './node-control.js';
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

export interface DrainRequest {
  /** Milliseconds to wait for the tasks to end. */
  readonly drainTimeout: number;
  readonly onTimeout: 'leave' | 'undrain';
  /** Sets the flag and does not wait. */
  readonly detach: boolean;
  /** Milliseconds the node should stay out; `status` speaks up when it lasts longer. */
  readonly expect: number | undefined;
}

/** What a drain tells while it goes on. */
export interface Telling {
  step(why: string): void;
  progress(progress: Progress): void;
}

export interface DrainResult {
  readonly operation: string;
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
  { cluster, identity, occasion }: Operating,
  { node }: DrainPlan,
  { timing }: Look,
  request: DrainRequest,
  telling: Telling,
  signal: AbortSignal,
): Promise<DrainResult> {
  const { clock } = cluster;
  const started = clock.now();
  const begun = { kind: 'drain', nodes: [node], request: { ...request }, occasion };
  const hold = { who: identity.who, why: occasion.reason ?? 'drained with octo-ha', expect: request.expect };
  try {
    const { result } = await runOperation(cluster, identity, begun, signal, async (running) => {
      const control = controlNode(cluster, node, timing, {
        write: flagWriter(running, node, hold),
        sleep: running.lease.sleep,
        tell: telling.progress,
      });
      await walk(control, running);
      const result: DrainResult = {
        operation: running.id,
        outcome: request.detach ? 'draining' : 'drained',
        confirmedByNode: control.confirmed,
        tookMs: clock.now() - started,
        tasks: [...control.seen.values()],
      };
      const state = request.detach ? 'waiting' : 'done';
      const { outcome, confirmedByNode } = result;
      return { result, ending: { state, outcome: { outcome, confirmedByNode, tasks: tasksSeen(control) } } as const };
    });
    return result;
  } catch (error) {
    throw signal.aborted ? interrupted(signal, node, error) : error;
  }

  async function walk(control: ControlledNode, { resumed }: Running): Promise<void> {
    const limit = clock.within(request.drainTimeout, signal);
    try {
      for await (const { why } of reach(request.detach ? 'draining' : 'drained', control, limit)) telling.step(why);
    } catch (error) {
      if (!limit.aborted || signal.aborted) throw error;
      const holding = [...control.seen.values()].filter(({ state }) => !hasEnded(state)).map(({ id }) => id);
      // A flag that stood before this operation began is not ours to take back.
      if (request.onTimeout === 'undrain' && (!node.draining || resumed)) {
        await control.setDrainFlag(false, signal);
        throw outOfTime('failed', node, holding, request.drainTimeout, 'it takes tasks again, as before');
      }
      throw outOfTime('deadline', node, holding, request.drainTimeout, 'it stays out of service');
    }
  }
}

const tasksSeen = ({ seen }: ControlledNode) => [...seen.values()].map(({ id, state }) => ({ id, state }));

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
function interrupted({ reason }: AbortSignal, { name }: Node, error: unknown): unknown {
  if (!(reason instanceof Failure)) return reason;
  const operation = error instanceof Failure ? error.details?.['operation'] : undefined;
  return new Failure(reason.kind, `${reason.message}; ${name} may be left without new tasks`, {
    hint: `Go on with: octo-ha node drain ${name} — or give it tasks again with: octo-ha node undrain ${name}`,
    ...(operation === undefined ? {} : { details: { operation } }),
  });
}
