import type { Ping } from '../operations/ping.js';
import type { NodeDetails } from '../operations/show-node.js';
import type { Paint } from '../ports/terminal.js';
import { table } from './table.js';
import { taskLine } from './tasks-text.js';
import { age, moment } from './times.js';

export function nodeText({ at, node, url, ping, tasks }: NodeDetails, paint: Paint): string {
  const rows = [
    ['state', node.state],
    ['drain flag', node.draining ? 'set' : 'not set'],
    ['hold', node.hold === null ? 'none' : `${node.hold.who}: ${node.hold.why}`],
    ['tasks', `${node.runningTasks} of ${node.taskCap}`],
    ['last seen', lastSeenText(node.lastSeen, at)],
    ['version', node.version ?? 'not known'],
    ['address', url ?? 'not known'],
    ['ping', pingText(ping)],
    ['id', node.id],
  ];
  return [paint.bold(node.name), table([], rows), ...tasks.map((task) => `  ${taskLine(task, at)}`)].join('\n');
}

const lastSeenText = (lastSeen: Date | null, at: Date): string =>
  lastSeen === null ? 'never' : `${age(lastSeen, at)} ago, ${moment(lastSeen)}`;

/** What the node itself says, in a few words. */
export const pingText = (ping: Ping): string =>
  ping.kind === 'answered' ? (ping.draining ? '418, draining' : '200, in service') : `${ping.kind}: ${ping.why}`;
