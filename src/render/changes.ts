import type { Node } from '../cluster/node.js';
import type { ClusterStatus } from '../cluster/status.js';
import { moment } from './times.js';
import { visible } from './visible.js';

type Seen = Pick<ClusterStatus, 'at' | 'nodes' | 'queue' | 'running' | 'operation'>;

/** One line with what differs from the look before, or with all there is at the first one; `undefined` if nothing does. */
export function changesLine(before: Seen | undefined, now: Seen): string | undefined {
  const was = parts(before);
  const is = parts(now);
  const changed = [...is].filter(([key, text]) => was.get(key) !== text).map(([, text]) => text);
  const gone = [...was.keys()].filter((key) => !is.has(key));
  const all = [...changed, ...gone.map((key) => `${key} is gone`)];
  return all.length === 0 ? undefined : `${moment(now.at)}  ${all.join('; ')}`;
}

/** What can change, by its name. */
function parts(seen: Seen | undefined): ReadonlyMap<string, string> {
  if (seen === undefined) return new Map();
  const { nodes, queue, running, operation } = seen;
  return new Map([
    ...nodes.map((node) => [visible(node.name), nodeText(node)] as const),
    ['tasks', `tasks ${running} running, ${queue.queued} queued`],
    ...(operation === null
      ? []
      : [
          [
            `operation ${operation.id}`,
            visible(`operation ${operation.id} ${operation.kind} ${operation.state}`),
          ] as const,
        ]),
  ]);
}

const nodeText = ({ name, state, runningTasks, taskCap, hold }: Node): string =>
  visible(`${name} ${state} ${runningTasks}/${taskCap}${hold === null ? '' : ` (${hold.who}: ${hold.why})`}`);
