import { counted } from '../cluster/counted.js';
import { formatDuration } from '../cluster/duration.js';
import type { Task } from '../cluster/task.js';
import type { DrainPlan, DrainResult } from '../operations/drain.js';
import type { Progress } from '../operations/node-control.js';
import type { Ping } from '../operations/ping.js';
import { pingText } from './node-text.js';
import { visible } from './visible.js';

/** What the change does to the cluster's capacity, before → after. */
export const capacityLine = ({ before, after }: Pick<DrainPlan, 'before' | 'after'>): string =>
  `capacity ${before.total} → ${after.total}`;

/** What a wait tells when something has changed. */
export function progressText(progress: Progress): string {
  switch (progress.kind) {
    case 'settling':
      return `idle; watching it for another ${formatDuration(Math.max(0, progress.milliseconds))}, because ${settling(progress.ping)}`;
    case 'busy':
      return busy(progress.tasks, progress.stalled);
    case 'balancer':
      return `idle; the load balancer has another ${formatDuration(Math.max(0, progress.milliseconds))} to notice`;
    case 'requests':
      return `${requests(progress.connections)}; they have ${formatDuration(Math.max(0, progress.milliseconds))} at most`;
    case 'starting':
      return `waiting for it to come back: ${visible(progress.why)}`;
    case 'outage':
      return `waiting for the database: ${visible(progress.why)}`;
    default:
      return progress satisfies never;
  }
}

const requests = (connections: number | 'unknown'): string =>
  connections === 'unknown'
    ? 'whether requests are under way is not known'
    : `${counted(connections, 'connection')} to its web port`;

const settling = (ping: Ping): string =>
  ping.kind === 'answered' && ping.draining
    ? 'it could still have taken a task'
    : `its own ping has not confirmed the flag (${pingText(ping)})`;

function busy(tasks: readonly Task[], stalled: boolean): string {
  const names = tasks.slice(0, 5).map(({ id, description, name, waitsForHuman }) => {
    const what = `${id} ${visible(description || name)}`;
    return waitsForHuman ? `${what} (waits for a human)` : what;
  });
  const more = tasks.length > 5 ? ` and ${tasks.length - 5} more` : '';
  return `${stalled ? 'still waiting for' : 'waiting for'} ${counted(tasks.length, 'task')}: ${names.join(', ')}${more}`;
}

export function drainText({ node }: DrainPlan, { outcome, ping, tasks, tookMs }: DrainResult): string {
  if (outcome === 'draining') {
    return `${node.name} gets no new tasks; nobody waits for those it has. See them with: octo-ha task list --node ${node.name}`;
  }
  const confirmed =
    ping.kind === 'answered'
      ? []
      : [`not confirmed by the node: its own ping did not name the flag (${pingText(ping)})`];
  return [`${node.name} is drained after ${formatDuration(tookMs)}; ${fates(tasks)}`, ...confirmed].join('\n');
}

function fates(tasks: DrainResult['tasks']): string {
  if (tasks.length === 0) return 'no task ran on it meanwhile';
  const counts = new Map<string, number>();
  for (const { task, fate } of tasks) {
    const word = fate === 'ended' ? task.state : fate === 'moved' ? 'went elsewhere' : fate;
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const all = [...counts].map(([word, count]) => `${count} ${word}`).join(', ');
  return `${counted(tasks.length, 'task')} left it meanwhile (${all})`;
}
