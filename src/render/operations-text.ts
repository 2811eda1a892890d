import { counted } from '../cluster/counted.js';
import { formatDuration } from '../cluster/duration.js';
import type { AuditEntry, Operation, Step } from '../cluster/operation.js';
import type { OperationDetails } from '../operations/journal/read-journal.js';
import type { Paint } from '../ports/terminal.js';
import { operationJson } from './json.js';
import { table } from './table.js';
import { moment } from './times.js';
import { harmless, visible } from './visible.js';

export function operationsTable(operations: readonly Operation[], paint: Paint): string {
  const rows = operations.map((o) => [o.id, o.kind, o.nodes.join(', '), o.state, o.who, took(o)].map(visible));
  return table(['OPERATION', 'KIND', 'NODES', 'STATE', 'BY', 'TOOK'], rows, paint);
}

const took = ({ started, ended }: Operation): string =>
  ended === null ? '-' : formatDuration(Math.max(0, ended.getTime() - started.getTime()));

export function operationText({ operation, steps, lease }: OperationDetails, paint: Paint): string {
  const facts = [
    ['kind', `${operation.kind} ${operation.nodes.join(', ')}`],
    ['state', operation.state],
    ['by', operation.who],
    ['started', moment(operation.started)],
    ...(operation.ended === null ? [] : [['ended', moment(operation.ended)]]),
    ...(operation.reason === null ? [] : [['reason', operation.reason]]),
    ...(operation.changeId === null ? [] : [['change', operation.changeId]]),
    ...(operation.outcome === null ? [] : [['outcome', JSON.stringify(operation.outcome)]]),
    ...(lease === null
      ? []
      : [['lease', `held by ${lease.who}, process ${lease.pid}, until ${moment(lease.expires)}`]]),
  ];
  const journal = steps.map((step) => `  ${step.number}. ${step.action} ${step.nodeId}: ${resultOf(step)}`);
  const shown = facts.map((row) => row.map(visible));
  return [paint.bold(operation.id), table([], shown), ...journal.map((line) => harmless(line))].join('\n');
}

/** `drain web-2: running, 1 step done`, for whoever watches. */
export function progressLine({ operation, steps }: OperationDetails): string {
  const done = steps.filter(({ result }) => result === 'done').length;
  return `${operation.kind} ${operation.nodes.join(', ')}: ${operation.state}, ${counted(done, 'step')} done`;
}

const resultOf = ({ result, ended, detail }: Step): string =>
  result === null
    ? 'intended; whether it was done is not journaled'
    : `${result}${ended === null ? '' : ` at ${moment(ended)}`}${detail === null ? '' : ` (${detail})`}`;

export const operationShowJson = ({ operation, steps }: OperationDetails) => ({
  operation: operationJson(operation),
  steps: steps.map(({ nodeId, ...step }) => ({ ...step, node: nodeId })),
});

export const auditJson = (entry: AuditEntry) => ({
  id: entry.id,
  at: entry.at,
  login: entry.login,
  who: entry.who,
  host: entry.host,
  node: entry.nodeName,
  nodeId: entry.nodeId,
  action: entry.action,
  before: entry.before,
  after: entry.after,
  reason: entry.reason,
  changeId: entry.changeId,
  overrides: entry.overrides,
  channel: entry.channel,
  operation: entry.operationId,
});

export function auditTable(entries: readonly AuditEntry[], paint: Paint): string {
  const rows = entries.map((e) => [
    moment(e.at),
    e.nodeName,
    e.action,
    `${e.before ?? '-'} → ${e.after ?? '-'}`,
    e.who,
    [e.changeId, e.reason].filter((part) => part !== null).join(': '),
  ]);
  return table(
    ['AT', 'NODE', 'ACTION', 'CHANGE', 'BY', 'WHY'],
    rows.map((row) => row.map(visible)),
    paint,
  );
}

/** RFC 4180; a cell that a spreadsheet would take for a formula begins with an apostrophe. */
export function auditCsv(entries: readonly AuditEntry[]): string {
  const rows = entries.map(auditJson);
  const head = Object.keys(auditJson({} as AuditEntry));
  const cell = (value: unknown): string => {
    const text = value instanceof Date ? value.toISOString() : String(value ?? '');
    return `"${(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
  };
  return [head.join(','), ...rows.map((row) => Object.values(row).map(cell).join(','))].join('\n');
}
