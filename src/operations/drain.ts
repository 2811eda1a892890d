import type { Node } from '../cluster/node.js';
import { putHold } from '../database/queries/holds.js';
import { nodeAddresses } from '../database/queries/node-addresses.js';
import { Failure } from '../errors.js';
import { readStatusForChange } from './doubtful-nodes.js';
import { findNode } from './find-node.js';
import { flagWriter } from './flag-change.js';
import { type Operating, runOperation } from './journal/run-operation.js';
import type { Running } from './journal/running.js';
import { type ControlledNode, controlNode, type Progress } from './node-control.js';
import { addressOf, type Ping } from './ping.js';
import { drained, hasWorsened, type Plan, propose } from './propose.js';
import { path, reach } from './reach.js';
import type { Look } from './read-status.js';
import type { SeenTask } from './watch-node.js';

export interface DrainPlan extends Plan {
  /** What would be done, in order. */
  readonly steps: readonly string[];
}

/** What a drain would mean, judged by every guard. Rejects when one of them refuses. */
export function planDrain(look: Look, node: Node, overrides: readonly string[]): DrainPlan {
  const steps = path(node.draining ? 'draining' : 'in-service', 'drained') ?? [];
  return { ...propose(look, node, drained(node), overrides), steps: steps.map(({ why }) => why) };
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
  /** What the node's own ping told last. */
  readonly ping: Ping;
  /** Milliseconds from the start to the end. */
  readonly tookMs: number;
  /** Every task seen on the node meanwhile. */
  readonly tasks: readonly SeenTask[];
}

/**
 * Takes a node out of service and waits until it is idle. Run again after a crash, it goes on where it stopped. Rejects
 * as *unverified* when the node is idle but its own ping contradicts the flag, so that it may still get requests.
 */
export async function drain(
  { cluster, identity, occasion, ...continuing }: Operating,
  plan: DrainPlan,
  { timing }: Look,
  request: DrainRequest,
  telling: Telling,
  signal: AbortSignal,
): Promise<DrainResult> {
  const { clock, database } = cluster;
  const { node } = plan;
  const started = clock.now();
  const begun = { kind: 'drain', nodes: [node], request: { ...request }, occasion, ...continuing };
  const hold = { who: identity.who, why: occasion.reason ?? 'drained with octo-ha', expect: request.expect };
  const { result } = await runOperation(cluster, identity, begun, signal, async (running) => {
    await stillAsPlanned(running);
    const [addresses] = await database.ask([nodeAddresses], signal);
    const control = controlNode(cluster, node, timing, {
      url: addressOf(cluster, node, addresses),
      write: flagWriter(running, node, hold),
      sleep: running.lease.sleep,
      tell: telling.progress,
    });
    await walk(control, running);
    const result: DrainResult = {
      operation: running.id,
      outcome: request.detach ? 'draining' : 'drained',
      ping: control.lastPing,
      tookMs: clock.now() - started,
      tasks: [...control.seen.values()],
    };
    const tasks = result.tasks.map(({ task, fate }) => ({ id: task.id, state: task.state, fate }));
    const state = request.detach ? 'waiting' : 'done';
    // A flag that somebody else had set becomes a hold of ours where nobody holds the node.
    const held = node.hold !== null || running.lastDone(node) === 'drain';
    const effects = held ? [] : putHold(node.id, { ...hold, operationId: running.id });
    const outcome = { outcome: result.outcome, ping: result.ping, tasks };
    return { result, ending: { state, outcome, effects } as const };
  });
  if (result.outcome === 'drained') mustNotContradict(result, node);
  return result;

  /** Between the plan that was shown and the lease, somebody else may have drained another node. */
  async function stillAsPlanned(running: Running): Promise<void> {
    const look = await readStatusForChange(cluster, signal);
    const now = planDrain(look, findNode(look.nodes, node.id), occasion.overrides);
    const last = running.lastDone(node);
    if (last !== undefined && !now.node.draining) {
      throw new Failure(
        'partial',
        `${node.name} was drained by this operation and given tasks again since; it stays so`,
        {
          hint: `Give the operation up:  octo-ha operation abort ${running.id}\nDrain it anew then:      octo-ha node drain ${node.name}`,
        },
      );
    }
    if (running.resumed) return;
    if (hasWorsened(plan, now) || now.node.draining !== node.draining) {
      throw new Failure('refused', `the cluster has changed since this drain of ${node.name} was planned`, {
        hint: 'Look again with: octo-ha status',
      });
    }
  }

  async function walk(control: ControlledNode, running: Running): Promise<void> {
    const limit = clock.within(request.drainTimeout, signal);
    const goal = request.detach ? 'draining' : 'drained';
    try {
      for await (const { why } of reach(goal, control, limit)) telling.step(why);
    } catch (error) {
      // An error of its own is told as it is, also when it comes as the time is over.
      if (error !== limit.reason) throw error;
      if (signal.aborted) throw interrupted(signal, node, running);
      throw await outOfTime(control, running);
    }
  }

  async function outOfTime(control: ControlledNode, running: Running): Promise<Failure> {
    const { name } = node;
    const holding = [...control.seen.values()].flatMap(({ task, fate }) => (fate === 'holding' ? [task.id] : []));
    const held = holding.length > 0 ? `held by ${holding.join(', ')}` : 'still settling';
    const message = `${name} was not drained after ${request.drainTimeout / 1_000} s: ${held}`;
    const details = { node: name, tasks: holding };
    // A flag that stood before this operation began is not ours to take back.
    const isOurs = running.lastDone(node) === 'drain';
    if (!isOurs && !node.draining) {
      return new Failure('deadline', `${message}; its flag was not set, it takes tasks as before`, { details });
    }
    if (request.onTimeout === 'undrain' && isOurs) {
      await control.setDrainFlag(false, signal);
      const hint = `Try again with a longer --drain-timeout: octo-ha node drain ${name}`;
      return new Failure('failed', `${message}; its flag is cleared again, as before`, { hint, details });
    }
    return new Failure('deadline', `${message}; it stays out of service`, { hint: waysOn(name), details });
  }
}

const waysOn = (name: string): string =>
  `Go on waiting:        octo-ha node drain ${name}\nGive it tasks again:  octo-ha node undrain ${name}`;

/** What stands after Ctrl-C, and the commands that go on. */
function interrupted({ reason }: AbortSignal, node: Node, running: Running): unknown {
  if (!(reason instanceof Failure)) return reason;
  const stands =
    node.draining || running.lastDone(node) === 'drain' ? `${node.name} gets no new tasks` : 'nothing was changed';
  return new Failure(reason.kind, `${reason.message}; ${stands} (operation ${running.id})`, {
    hint: waysOn(node.name),
  });
}

/** A ping that could not be asked was waited out; one that says otherwise is never reported as success. */
function mustNotContradict({ ping, operation }: DrainResult, { name }: Node): void {
  if (ping.kind === 'not-asked' || ping.kind === 'unreachable' || (ping.kind === 'answered' && ping.draining)) return;
  const told = ping.kind === 'answered' ? 'its own ping still says it is in service' : ping.why;
  throw new Failure('unverified', `${name} is idle and its flag is set, but ${told}`, {
    hint: `The load balancer may still send it requests. Look again with: octo-ha node show ${name}`,
    details: { operation, ping },
  });
}
