import { formatDuration } from '../cluster/duration.js';
import type { Estimate } from '../cluster/estimate.js';
import type { Node } from '../cluster/node.js';
import type { Step } from '../cluster/operation.js';
import type { ClusterStatus } from '../cluster/status.js';
import type { Watched } from '../operations/watch-status.js';
import type { Paint } from '../ports/terminal.js';
import { capacityFacts, coloredState, holdText, seen, title } from './status-text.js';
import { table } from './table.js';
import { moment } from './times.js';
import { visible } from './visible.js';

export interface Frame {
  readonly columns: number;
  readonly rows: number;
  /** Why there is no later look. */
  readonly trouble: string | undefined;
}

/** The cluster as it fills a screen: never more lines than it has, the most important ones first. */
export function watchLines(watched: Watched, frame: Frame, paint: Paint): readonly string[] {
  const { look } = watched;
  const state = [...capacityFacts(look, paint), ...operationLines(watched, paint)];
  const head = [`${title(look.cluster, paint)}  ${paint.dim(moment(look.at))}`, ''];
  const foot = ['', frame.trouble === undefined ? paint.dim('Ctrl-C ends the watching') : paint.red(frame.trouble)];
  // The head of the table, and the empty line behind it.
  const room = frame.rows - head.length - foot.length - state.length - 2;
  const nodes = nodeLines(look, Math.max(1, room), { ...paint, columns: frame.columns });
  const body = [...head, ...nodes, '', ...state].slice(0, Math.max(0, frame.rows - foot.length));
  return [...body, ...foot].slice(-frame.rows);
}

const inService = ({ state }: Node): boolean => state === 'running' || state === 'ui-only';

/** Where there are more nodes than lines, those that are not in service, and how many are left out. */
function nodeLines({ nodes, at }: ClusterStatus, room: number, paint: Paint): readonly string[] {
  const fits = nodes.length <= room;
  const order = fits ? nodes : nodes.toSorted((a, b) => Number(inService(a)) - Number(inService(b)));
  const shown = fits ? order : order.slice(0, Math.max(0, room - 1));
  const left = order.slice(shown.length);
  const rows = shown.map((node) => [
    visible(node.name),
    coloredState(node.state, paint),
    bar(node, paint),
    seen(node.lastSeen, at, paint),
    holdText(node, at, paint),
  ]);
  const away = left.filter((node) => !inService(node)).length;
  const more = away > 0 ? `${left.length} more, ${away} of them not in service` : `${left.length} more in service`;
  return [
    ...table(['NODE', 'STATE', 'TASKS', 'LAST SEEN', 'HOLD'], rows, paint).split('\n'),
    ...(left.length > 0 ? [paint.dim(more)] : []),
  ];
}

const barWidth = 10;

/** How many of the tasks that a node may run it does run. */
function bar({ runningTasks, taskCap, state }: Node, paint: Paint): string {
  const share = taskCap === 0 ? Number(runningTasks > 0) : Math.min(1, runningTasks / taskCap);
  // One task of many is still something, and one place left is still a place.
  const filled =
    share === 0 ? 0 : share === 1 ? barWidth : Math.min(barWidth - 1, Math.max(1, Math.round(share * barWidth)));
  const color = state === 'running' ? paint.green : paint.yellow;
  return `${color('█'.repeat(filled))}${paint.dim('░'.repeat(barWidth - filled))} ${runningTasks}/${taskCap}`;
}

function operationLines({ look, steps, estimate }: Watched, paint: Paint): readonly string[] {
  const { operation, at, nodes } = look;
  if (operation === null) return [];
  const { kind, id, who, started } = operation;
  const name = ({ nodeId }: Step) => nodes.find((node) => node.id === nodeId)?.name ?? nodeId;
  const took = formatDuration(Math.max(0, at.getTime() - started.getTime()));
  return [
    '',
    visible(`operation ${id}: ${kind} ${operation.nodes.join(', ')} by ${who}, for ${took}`),
    // The last ones matter.
    ...steps
      .slice(-5)
      .map((step) => `  ${step.number}. ${visible(`${step.action} ${name(step)}`)}  ${resultText(step, paint)}`),
    ...(estimate === null ? [] : [`  ${estimateText(estimate, kind)}`]),
  ];
}

const resultText = ({ result }: Step, paint: Paint): string =>
  result === null ? paint.yellow('under way') : result === 'done' ? paint.green('done') : paint.red('failed');

const estimateText = ({ usualMs, leftMs, of }: Estimate, kind: string): string =>
  `usually ${formatDuration(usualMs)} (${of} ${kind}${of === 1 ? '' : 's'} before); ` +
  (leftMs === 0 ? 'it takes longer than usual' : `about ${formatDuration(leftMs)} left`);
