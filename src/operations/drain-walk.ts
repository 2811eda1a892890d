import type { Node } from '../cluster/node.js';
import { hasEnded, type Task } from '../cluster/task.js';
import { Failure } from '../errors.js';
import type { Clock } from '../ports/clock.js';
import { flagOrders } from './control-under.js';
import type { Running } from './journal/running.js';
import type { ControlledNode, Progress } from './node-control.js';
import { reach } from './reach.js';

/** What an operation tells while it goes on. */
export interface Telling {
  step(why: string): void;
  progress(progress: Progress): void;
}

export interface DrainTerms {
  /** Milliseconds to wait for the tasks to end. */
  readonly drainTimeout: number;
  readonly onTimeout: 'leave' | 'undrain' | 'cancel-tasks';
  /** Milliseconds that cancelled tasks have to end. */
  readonly cancelGrace: number;
}

export interface DrainWalk {
  readonly node: Node;
  readonly control: ControlledNode;
  readonly running: Running;
  readonly terms: DrainTerms;
  readonly clock: Clock;
  readonly telling: Telling;
  /** Has Octopus cancel these tasks. */
  readonly cancel: ((tasks: readonly Task[], signal: AbortSignal) => Promise<void>) | undefined;
}

/**
 * Takes a node out of service, and waits until it is idle within the terms. Answers with the Ids of tasks that were
 * cancelled for it. Rejects as *deadline* where it stays out of service and busy, as *failed* where it was put back.
 */
export async function walkDrain(
  walk: DrainWalk,
  goal: 'draining' | 'drained',
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { control, terms, node, running } = walk;
  if (await reaches(walk, goal, terms.drainTimeout, signal)) return [];
  const holding = tasksHolding(control);
  const isOurs = running.lastDone(node) === 'drain';
  if (terms.onTimeout !== 'cancel-tasks' || walk.cancel === undefined || !(isOurs || node.draining)) {
    throw await outOfTime(walk, signal);
  }
  walk.telling.step(`cancel ${holding.map(({ id }) => id).join(', ') || 'nothing, but watch it settle'}`);
  await walk.cancel(holding, signal);
  const cancelled = holding.map(({ id }) => id);
  if (await reaches(walk, goal, terms.cancelGrace, signal)) return cancelled;
  const stuck = tasksHolding(control).map(({ id, state }) => `${id} (${state})`);
  throw new Failure(
    'deadline',
    `${node.name} was not drained ${terms.cancelGrace / 1_000} s after its tasks were cancelled: still ${stuck.join(', ') || 'settling'}; it stays out of service`,
    { hint: waysOn(node.name), details: { node: node.name, tasks: stuck, cancelled } },
  );
}

/** Tasks that were cancelled and did end by it. */
export const endedByUs = (control: Pick<ControlledNode, 'seen'>, cancelled: readonly string[]): readonly Task[] =>
  cancelled.flatMap((id) => {
    const task = control.seen.get(id)?.task;
    return task && hasEnded(task.state) && task.state !== 'Success' ? [task] : [];
  });

const tasksHolding = ({ seen }: Pick<ControlledNode, 'seen'>): readonly Task[] =>
  [...seen.values()].flatMap(({ task, fate }) => (fate === 'holding' ? [task] : []));

/** `false` when the time is over. */
async function reaches(
  { control, clock, node, running, telling }: DrainWalk,
  goal: 'draining' | 'drained',
  milliseconds: number,
  signal: AbortSignal,
): Promise<boolean> {
  const limit = clock.within(milliseconds, signal);
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

async function outOfTime({ node, control, running, terms }: DrainWalk, signal: AbortSignal): Promise<Failure> {
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
    const hint = `Try again with a longer --drain-timeout: octo-ha node drain ${name}`;
    return new Failure('failed', `${message}; its flag is cleared again, as before`, { hint, details });
  }
  return new Failure('deadline', `${message}; it stays out of service`, { hint: waysOn(name), details });
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
