import { formatDuration } from '../cluster/duration.js';
import type { Node, NodeState } from '../cluster/node.js';
import type { Operation } from '../cluster/operation.js';
import type { ClusterStatus } from '../cluster/status.js';
import type { Paint } from '../ports/terminal.js';
import { table } from './table.js';
import { visible } from './visible.js';

/** The cluster on one screen. */
export function statusText(status: ClusterStatus, paint: Paint): string {
  const { cluster, queue, capacity, running, orphaned, operation } = status;
  const title = [cluster.context, cluster.database, cluster.version].filter((part) => part !== null);
  const waiting = [
    `${queue.queued} queued${queue.oldestMs === null ? '' : ` (oldest ${formatDuration(queue.oldestMs)})`}`,
    ...(queue.scheduled > 0 ? [`${queue.scheduled} scheduled`] : []),
    ...(queue.waitingForHuman > 0 ? [paint.yellow(`${queue.waitingForHuman} waiting for a human`)] : []),
  ];
  return [
    paint.bold(title.join('  ')),
    '',
    nodesTable(status.nodes, status.at, paint),
    '',
    `tasks     ${running} running, ${waiting.join(', ')}`,
    `capacity  ${capacity.total}, ${capacity.withoutLargest} without the largest node`,
    ...(operation === null ? [] : [`operation ${operationLine(operation)}`]),
    ...(orphaned > 0 ? [`orphaned  ${paint.red(orphans(orphaned))}`] : []),
  ].join('\n');
}

const orphans = (tasks: number): string =>
  tasks === 1
    ? '1 unfinished task belongs to a node that is not registered'
    : `${tasks} unfinished tasks belong to nodes that are not registered`;

/** `drain web-2 by anna@desk since 10:00:00, running`, for a list of operations. */
const operationLine = ({ id, kind, nodes, who, started, state }: Operation): string =>
  `${id}: ${kind} ${nodes.join(', ')} by ${who} since ${started.toISOString().slice(0, 19).replace('T', ' ')} UTC, ${state}`;

/** The nodes, one a row. */
export function nodesTable(nodes: readonly Node[], at: Date, paint: Paint): string {
  const rows = nodes.map((node) => [
    visible(node.name),
    colored(node.state, paint)(node.state),
    `${node.runningTasks}/${node.taskCap}`,
    seen(node.lastSeen, at),
    visible(node.version ?? '-'),
    holdText(node, at, paint),
  ]);
  return table(['NODE', 'STATE', 'TASKS', 'LAST SEEN', 'VERSION', 'HOLD'], rows, paint.dim);
}

function holdText({ hold, draining }: Node, at: Date, paint: Paint): string {
  if (hold === null) return draining ? 'drain flag set' : '';
  const text = visible(`${hold.who}: ${hold.why}`);
  if (hold.until === null || at <= hold.until) return text;
  return paint.red(`${text} (${formatDuration(at.getTime() - hold.until.getTime())} longer than expected)`);
}

/** By the database's clock. */
export const seen = (lastSeen: Date | null, at: Date): string =>
  lastSeen === null ? 'never' : `${formatDuration(Math.max(0, at.getTime() - lastSeen.getTime()))} ago`;

const colors: Record<NodeState, keyof Paint> = {
  running: 'green',
  'ui-only': 'green',
  draining: 'yellow',
  drained: 'yellow',
  offline: 'red',
  stale: 'dim',
  unknown: 'red',
};

const colored = (state: NodeState, paint: Paint) => paint[colors[state]];
