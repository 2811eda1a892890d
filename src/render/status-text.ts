import { formatDuration } from '../cluster/duration.js';
import type { Node, NodeState } from '../cluster/node.js';
import type { Operation } from '../cluster/operation.js';
import type { ClusterIdentity, ClusterStatus } from '../cluster/status.js';
import type { Paint } from '../ports/terminal.js';
import { table } from './table.js';
import { age, moment } from './times.js';
import { visible } from './visible.js';

/** The cluster on one screen. */
export function statusText(status: ClusterStatus, paint: Paint): string {
  const { operation } = status;
  return [
    title(status.cluster, paint),
    '',
    nodesTable(status.nodes, status.at, paint),
    '',
    ...capacityFacts(status, paint),
    ...(operation === null ? [] : [`operation ${operationLine(operation)}`]),
  ].join('\n');
}

export const title = ({ context, database, version }: ClusterIdentity, { bold }: Paint): string =>
  bold([context, database, version].filter((part) => part !== null).join('  '));

/** A line each for the tasks, the capacity, and what is lost. */
export function capacityFacts({ queue, capacity, running, orphaned }: ClusterStatus, paint: Paint): readonly string[] {
  const waiting = [
    `${queue.queued} queued${queue.oldestMs === null ? '' : ` (oldest ${formatDuration(queue.oldestMs)})`}`,
    ...(queue.scheduled > 0 ? [`${queue.scheduled} scheduled`] : []),
    ...(queue.waitingForHuman > 0 ? [paint.yellow(`${queue.waitingForHuman} waiting for a human`)] : []),
  ];
  return [
    `tasks     ${running} running, ${waiting.join(', ')}`,
    `capacity  ${capacity.total}, ${capacity.withoutLargest} without the largest node`,
    ...(orphaned > 0 ? [`orphaned  ${paint.red(orphans(orphaned))}`] : []),
  ];
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
    coloredState(node.state, paint),
    `${node.runningTasks}/${node.taskCap}`,
    seen(node.lastSeen, at, paint),
    visible(node.version ?? '-'),
    holdText(node, at, paint),
  ]);
  return table(['NODE', 'STATE', 'TASKS', 'LAST SEEN', 'VERSION', 'HOLD'], rows, paint);
}

export function holdText({ hold, draining }: Node, at: Date, paint: Paint): string {
  if (hold === null) return draining ? 'drain flag set' : '';
  const text = visible(`${hold.who}: ${hold.why}`);
  if (hold.until === null || at <= hold.until) return text;
  return paint.red(`${text} (${formatDuration(at.getTime() - hold.until.getTime())} longer than expected)`);
}

/** By the database's clock. */
export function seen(lastSeen: Date | null, at: Date, { absoluteTimes }: Pick<Paint, 'absoluteTimes'>): string {
  if (lastSeen === null) return 'never';
  return absoluteTimes ? moment(lastSeen) : `${age(lastSeen, at)} ago`;
}

const colors: Record<NodeState, 'green' | 'yellow' | 'red' | 'dim'> = {
  running: 'green',
  'ui-only': 'green',
  draining: 'yellow',
  drained: 'yellow',
  offline: 'red',
  stale: 'dim',
  unknown: 'red',
};

export const coloredState = (state: NodeState, paint: Paint): string => paint[colors[state]](state);
