import { counted } from '../cluster/counted.js';
import { formatDuration } from '../cluster/duration.js';
import type { MaintenanceResult } from '../operations/maintain.js';
import type { NodeReport } from '../operations/maintenance.js';
import type { MaintenancePlan } from '../operations/plan-maintenance.js';
import { capacityLine } from './drain-text.js';

/** The plan as it is shown before anybody is asked, a line a node. */
export function maintenancePlanText({ kind, turns, steps, done }: MaintenancePlan): string {
  const each = turns.map(
    (turn) =>
      `  ${turn.node.name} (${turn.node.state}, ${counted(turn.node.runningTasks, 'task')} running): ${capacityLine(turn)}`,
  );
  const order = turns.length === 1 ? '' : `, ${turns.length} nodes one after the other`;
  const through = done.length === 0 ? [] : [`  done already: ${done.map(({ name }) => name).join(', ')}`];
  return [`${kind}${order}: ${steps.join(', ')}`, ...each, ...through].join('\n');
}

export const maintenancePlanJson = ({ kind, turns, steps }: MaintenancePlan) => ({
  dryRun: true,
  kind,
  steps,
  nodes: turns.map(({ node, before, after, heard }) => ({
    node: node.name,
    state: node.state,
    capacity: { before, after },
    warnings: heard.warnings,
  })),
});

const verbs = { restart: 'restarted', stop: 'stopped', start: 'started' } as const;

export function maintenanceText({ kind, nodes, left, operation }: MaintenanceResult): string {
  const lines = nodes.map(
    (report) => `${report.node} is ${verbs[kind]} after ${formatDuration(report.tookMs)}; ${proof(report)}`,
  );
  if (left.length === 0) return lines.join('\n');
  return [
    ...lines,
    `left, as was asked for: ${left.join(', ')}`,
    `Go on with: octo-ha operation resume ${operation}`,
  ].join('\n');
}

/** What became of the tasks and requests of a node. */
function proof({ tasks, endedByUs, connections, confirmedByNode }: NodeReport): string {
  const followed = tasks.length === 0 ? 'no task ran on it' : `${counted(tasks.length, 'task')} followed to the end`;
  const lost = endedByUs.length > 0 ? `, ${endedByUs.length} ended because of us` : '';
  const requests =
    connections === null || connections === 0
      ? ''
      : connections === 'unknown'
        ? '; whether requests were cut off is not known'
        : `; ${counted(connections, 'connection')} cut off when its grace was over`;
  return `${followed}${lost}${requests}${confirmedByNode ? '' : '; not confirmed by the node'}`;
}

export const maintenanceJson = ({ operation, kind, outcome, nodes, left }: MaintenanceResult) => ({
  operation,
  kind,
  outcome,
  nodes: nodes.map(({ tookMs, ...report }) => ({ ...report, durationMs: tookMs })),
  left,
});
