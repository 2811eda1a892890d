/** A task in Octopus' queue that has not ended, or that was seen and is read again. */
export interface Task {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** As the database spells it; new versions may know states that octo-ha does not. */
  readonly state: string;
  readonly queuedAt: Date;
  readonly startedAt: Date | null;
  readonly completedAt: Date | null;
  /** The node's Id or name as the task holds it; `null` while no node has taken it. */
  readonly node: string | null;
  readonly waitsForHuman: boolean;
}

/**
 * The states a task never leaves. Everything else counts as unfinished, also a state octo-ha has never heard of.
 * https://octopus.com/docs/octopus-rest-api
 */
export const finalStates = ['Canceled', 'Failed', 'Success', 'TimedOut'] as const;

const waitingStates: readonly string[] = ['Queued', 'New'];

export const hasEnded = (state: string): boolean => (finalStates as readonly string[]).includes(state);

/**
 * Whether a task keeps its node busy. A task that waits for a human goes back to `Queued` with its start time kept
 * and resumes on the node that began it, so it counts.
 */
export const occupiesNode = (task: { readonly state: string; readonly started: boolean }): boolean =>
  !hasEnded(task.state) && (task.started || !waitingStates.includes(task.state));
