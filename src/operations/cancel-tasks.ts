import type { Node } from '../cluster/node.js';
import { hasEnded, type Task } from '../cluster/task.js';
import { Failure } from '../errors.js';
import type { Clock } from '../ports/clock.js';
import type { OctopusApi } from '../ports/octopus-api.js';

/**
 * What became of a task that Octopus was asked to cancel. `stuck`: it is still being cancelled. `running`: it is in
 * another state that is not its last. `deleted`: there is no such task any more.
 */
export interface CancelledTask {
  readonly task: Task;
  readonly fate: 'ended' | 'stuck' | 'running' | 'deleted';
}

/** `idle`: nothing is left running on the node. `busy`: something is, and the grace is over. */
export interface CancelOutcome {
  readonly kind: 'idle' | 'busy';
  /** Every task seen on the node meanwhile, as it was seen last. */
  readonly tasks: readonly CancelledTask[];
}

export interface CancelTerms {
  /** Milliseconds to wait for the tasks to end. */
  readonly grace: number;
  /** Milliseconds between two looks. Octopus limits how often a user may ask. */
  readonly every: number;
}

/**
 * Has Octopus cancel whatever runs on a node, and waits until it has ended. A cancel whose answer was lost is asked for
 * again while the task runs: it may be repeated. Once the tasks were seen, an outage is waited out; rejects as *unknown*
 * when Octopus cannot be asked how they stand at the end.
 */
export async function cancelTasks(
  api: OctopusApi,
  { id, name }: Pick<Node, 'id' | 'name'>,
  { grace, every }: CancelTerms,
  { now, sleep }: Pick<Clock, 'now' | 'sleep'>,
  signal: AbortSignal,
): Promise<CancelOutcome> {
  const seen = new Map<string, CancelledTask>();
  const until = now() + grace;

  for (let first = true; ; first = false) {
    if (!first) await sleep(Math.min(every, Math.max(until - now(), 0)), signal);
    // Without any grace they are cancelled all the same.
    const isOver = !first && now() >= until;
    try {
      const running = await look();
      if (running.length === 0 && everythingHasEnded()) return { kind: 'idle', tasks: [...seen.values()] };
      if (isOver) return { kind: 'busy', tasks: [...seen.values()] };
      for (const task of running.filter(({ state }) => state !== 'Cancelling')) {
        if (first || now() < until) await cancel(task);
      }
    } catch (error) {
      if (first || !isOutage(error)) throw error;
      if (isOver) throw lostSight(error);
    }
  }

  /** The tasks that run on the node. One that is no longer listed is read again by its Id. */
  async function look(): Promise<readonly Task[]> {
    const running = await api.runningTasks(id, signal);
    const listed = new Set(running.map((task) => task.id));
    for (const task of running) {
      seen.set(task.id, { task, fate: task.state === 'Cancelling' ? 'stuck' : 'running' });
    }
    for (const [taskId, { task, fate }] of seen) {
      if (listed.has(taskId) || fate === 'ended' || fate === 'deleted') continue;
      const again = await api.task(taskId, signal);
      seen.set(taskId, again ? { task: again, fate: fateOf(again) } : { task, fate: 'deleted' });
    }
    return running;
  }

  async function cancel({ id: taskId }: Task): Promise<void> {
    await api.cancelTask(taskId, signal).catch((error: unknown) => {
      // It may have ended at this very moment; the next look tells.
      if (!(error instanceof Failure) || (error.kind !== 'failed' && !isOutage(error))) throw error;
    });
  }

  function everythingHasEnded(): boolean {
    return [...seen.values()].every(({ fate }) => fate === 'ended' || fate === 'deleted');
  }

  function lostSight(error: Failure): Failure {
    return new Failure('unknown', `how the tasks of ${name} stand is not known: ${error.message}`, {
      hint: 'See them with: octo-ha task list',
      cause: error,
      details: { node: name, tasks: [...seen.keys()] },
    });
  }
}

function fateOf({ state }: Task): CancelledTask['fate'] {
  if (hasEnded(state)) return 'ended';
  return state === 'Cancelling' ? 'stuck' : 'running';
}

/** Octopus goes on without us meanwhile. */
const isOutage = (error: unknown): error is Failure =>
  error instanceof Failure && (error.kind === 'unreachable' || error.kind === 'unknown');
