import { counted } from '../cluster/counted.js';
import { formatDuration } from '../cluster/duration.js';
import type { DrainPlan, DrainResult } from '../operations/drain.js';
import type { Progress } from '../operations/node-control.js';
import { pingText } from './node-text.js';

/** What the change does to the cluster's capacity, before → after. */
export const capacityLine = ({ before, after }: Pick<DrainPlan, 'before' | 'after'>): string =>
  `capacity ${before.total} → ${after.total}`;

/** What a wait tells when something has changed. */
export function progressText(progress: Progress): string {
  if (progress.kind === 'settling') {
    const { ping, milliseconds } = progress;
    const why =
      ping.kind === 'answered'
        ? 'it could still have taken a task'
        : `its own ping has not confirmed the flag (${pingText(ping)})`;
    return `idle; watching it for another ${formatDuration(Math.max(0, milliseconds))}, because ${why}`;
  }
  const { tasks, stalled } = progress;
  const names = tasks.slice(0, 5).map(({ id, description, name, waitsForHuman }) => {
    const what = `${id} ${description || name}`;
    return waitsForHuman ? `${what} (waits for a human)` : what;
  });
  const more = tasks.length > 5 ? ` and ${tasks.length - 5} more` : '';
  return `${stalled ? 'still waiting for' : 'waiting for'} ${counted(tasks.length, 'task')}: ${names.join(', ')}${more}`;
}

export function drainText({ node }: DrainPlan, { outcome, confirmedByNode, tasks, tookMs }: DrainResult): string {
  if (outcome === 'draining') {
    return `${node.name} gets no new tasks; nobody waits for those it has. See them with: octo-ha task list --node ${node.name}`;
  }
  const ended =
    tasks.length === 0
      ? 'no task ran on it meanwhile'
      : `${counted(tasks.length, 'task')} ended on it meanwhile (${states(tasks)})`;
  const confirmed = confirmedByNode ? '' : '\nnot confirmed by the node: its own ping did not name the flag';
  return `${node.name} is drained after ${formatDuration(tookMs)}; ${ended}${confirmed}`;
}

function states(tasks: DrainResult['tasks']): string {
  const counts = new Map<string, number>();
  for (const { state } of tasks) counts.set(state, (counts.get(state) ?? 0) + 1);
  return [...counts].map(([state, count]) => `${count} ${state}`).join(', ');
}
