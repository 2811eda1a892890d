import * as z from 'zod/mini';
import type { Node } from '../cluster/node.js';
import { hasEnded, type Task } from '../cluster/task.js';
import { Failure } from '../errors.js';
import { backInService } from './back-in-service.js';
import { wayToCancel } from './cancelling.js';
import { flagOrders, type Under } from './control-under.js';
import { waysOn } from './journal/endings.js';
import type { Running } from './journal/running.js';
import type { ControlledNode, Progress } from './node-control.js';
import { reach } from './reach.js';
import type { SeenTask } from './watch-node.js';

/** What an operation tells while it goes on. */
export interface Telling {
  step(why: string): void;
  progress(progress: Progress): void;
}

/** A task seen on a node, and what became of it. */
export interface TaskTold {
  readonly id: string;
  readonly state: string;
  readonly fate: SeenTask['fate'];
}

export interface DrainTerms {
  /** Milliseconds to wait for the tasks to end. */
  readonly drainTimeout: number;
  readonly onTimeout: 'leave' | 'undrain' | 'cancel-tasks';
  /** Milliseconds that cancelled tasks have to end. */
  readonly cancelGrace: number;
}

export interface DrainWalk extends Under {
  readonly node: Node;
  readonly control: ControlledNode;
  /** Its own web address, where it is known. */
  readonly url: string | undefined;
  readonly terms: DrainTerms;
}

/**
 * Takes a node out of service, and waits until it is idle within the terms. Rejects as *deadline* where it stays out of
 * service and busy, as *failed* where it was put back; as *refused*, before anything is done, where tasks are to be
 * cancelled and cannot be.
 */
export async function walkDrain(walk: DrainWalk, goal: 'draining' | 'drained', signal: AbortSignal): Promise<void> {
  const { cluster, control, terms, node, running, timing } = walk;
  const cancelling = { cluster, running, node, grace: terms.cancelGrace, every: timing.look };
  const cancel = terms.onTimeout === 'cancel-tasks' ? await wayToCancel(cancelling, signal) : undefined;
  if (await reaches(walk, goal, terms.drainTimeout, signal)) return;
  const holding = tasksHolding(control);
  const isOurs = running.lastDone(node) === 'drain';
  if (cancel === undefined || !(isOurs || node.draining)) throw await outOfTime(walk, signal);
  walk.telling.step(`cancel ${holding.map(({ id }) => id).join(', ') || 'nothing, but watch it settle'}`);
  await cancel(holding, signal);
  if (await reaches(walk, goal, terms.cancelGrace, signal)) return;
  const stuck = tasksHolding(control).map(({ id, state }) => `${id} (${state})`);
  throw new Failure(
    'deadline',
    `${node.name} was not drained ${terms.cancelGrace / 1_000} s after its tasks were cancelled: still ${stuck.join(', ') || 'settling'}; it stays out of service`,
    {
      hint: waysOnFrom(running, node),
      details: { node: node.name, tasks: stuck, cancelled: holding.map(({ id }) => id) },
    },
  );
}

const cancelledTasks = z.object({ tasks: z.array(z.string()) });

/** Tasks that this operation, in this run or an earlier one, had cancelled, and that did end by it. */
export function endedByUs({ control, running, node }: Pick<DrainWalk, 'control' | 'running' | 'node'>): string[] {
  const cancelled = cancelledTasks.safeParse(running.came(node, 'cancel-tasks'));
  return (cancelled.success ? cancelled.data.tasks : []).filter((id) => {
    const task = control.seen.get(id)?.task;
    return task && hasEnded(task.state) && task.state !== 'Success';
  });
}

/** Every task seen on a node, as results and the journal tell it. */
export const tasksSeen = ({ seen }: Pick<ControlledNode, 'seen'>): readonly TaskTold[] =>
  [...seen.values()].map(({ task, fate }) => ({ id: task.id, state: task.state, fate }));

const tasksHolding = ({ seen }: Pick<ControlledNode, 'seen'>): readonly Task[] =>
  [...seen.values()].flatMap(({ task, fate }) => (fate === 'holding' ? [task] : []));

/** `false` when the time is over. */
async function reaches(
  { cluster, control, node, running, telling }: DrainWalk,
  goal: 'draining' | 'drained',
  milliseconds: number,
  signal: AbortSignal,
): Promise<boolean> {
  using limit = cluster.clock.within(milliseconds, signal);
  try {
    for await (const { why } of reach(goal, flagOrders(control), limit)) telling.step(why);
    return true;
  } catch (error) {
    // An error of its own is told as it is, also when it comes as the time is over.
    if (error !== limit.reason) throw error;
    if (signal.aborted) throw interrupted(signal, node, running);
    return false;
  }
}

async function outOfTime(walk: DrainWalk, signal: AbortSignal): Promise<Failure> {
  const { node, control, running, terms, url } = walk;
  const { name } = node;
  const holding = tasksHolding(control).map(({ id }) => id);
  const held = holding.length > 0 ? `held by ${holding.join(', ')}` : 'still settling';
  const message = `${name} was not drained after ${terms.drainTimeout / 1_000} s: ${held}`;
  const details = { node: name, tasks: holding };
  // A flag that stood before this operation began is not ours to take back.
  const isOurs = running.lastDone(node) === 'drain';
  if (!isOurs && !node.draining) {
    return new Failure('deadline', `${message}; its flag was not set, it takes tasks as before`, { details });
  }
  if (terms.onTimeout === 'undrain' && isOurs) {
    await control.setDrainFlag(false, signal);
    if (walk.balancer?.isTold) await backInService(walk, node, url, signal);
    const hint = `Try again with a longer --drain-timeout: octo-ha node ${running.kind} ${name}`;
    return new Failure('failed', `${message}; its flag is cleared again, as before`, { hint, details });
  }
  return new Failure('deadline', `${message}; it stays out of service`, { hint: waysOnFrom(running, node), details });
}

/** A drain goes on and is taken back by commands of its own; what does more with a node stands in their way. */
const waysOnFrom = ({ kind, id }: Running, { name }: Node): string =>
  kind === 'drain'
    ? `Go on waiting:        octo-ha node drain ${name}\nGive it tasks again:  octo-ha node undrain ${name}`
    : waysOn(id);

/** What stands after Ctrl-C, and the commands that go on. */
function interrupted({ reason }: AbortSignal, node: Node, running: Running): unknown {
  if (!(reason instanceof Failure)) return reason;
  const stands =
    node.draining || running.lastDone(node) === 'drain' ? `${node.name} gets no new tasks` : 'nothing was changed';
  return new Failure(reason.kind, `${reason.message}; ${stands} (operation ${running.id})`, {
    hint: waysOnFrom(running, node),
  });
}
