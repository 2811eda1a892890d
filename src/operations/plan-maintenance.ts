import type { Node } from '../cluster/node.js';
import type { Capacity } from '../cluster/status.js';
import { asIfBack, type EarlierTurns } from './earlier-turns.js';
import type { MachineFacts } from './guards/guard.js';
import type { Heard } from './guards/index.js';
import type { MaintenanceKind } from './maintenance.js';
import { drained, propose } from './propose.js';
import type { Look } from './read-status.js';

/** What one node's turn means, judged by every guard. */
export interface Turn {
  readonly node: Node;
  readonly before: Capacity;
  readonly after: Capacity;
  readonly heard: Heard;
}

export interface MaintenancePlan {
  readonly kind: MaintenanceKind;
  /** In the order in which they are taken. */
  readonly turns: readonly Turn[];
  /** An earlier run of the operation is through with these. */
  readonly done: readonly Node[];
  /** What is done to each node, in order. */
  readonly steps: readonly string[];
}

const steps: Readonly<Record<MaintenanceKind, readonly string[]>> = {
  restart: ['drain it', 'stop its service', 'start its service', 'wait until it is seen again', 'give it tasks again'],
  stop: ['drain it', 'keep everything from starting its service again', 'stop its service'],
  start: ['start its service', 'wait until it is seen again', 'give it tasks again where octo-ha took them away'],
};

/**
 * The turns of several nodes, one at a time, those with the fewest running tasks first. Each is judged as if the others
 * were in service again. Rejects when a guard refuses one of them.
 */
export function planMaintenance(
  look: Look,
  kind: MaintenanceKind,
  nodes: readonly Node[],
  machine: MachineFacts,
  overrides: readonly string[],
  earlier: EarlierTurns,
): MaintenancePlan {
  const left = nodes.filter(({ id }) => !earlier.done.has(id));
  const order = left.sort((a, b) => a.runningTasks - b.runningTasks || a.name.localeCompare(b.name));
  const turnOf = (node: Node) => {
    const others = (one: Node) => (one.id !== node.id && earlier.out.has(one.id) ? asIfBack(one) : one);
    return planTurn({ ...look, nodes: look.nodes.map(others) }, kind, node, machine, overrides);
  };
  return { kind, steps: steps[kind], turns: order.map(turnOf), done: nodes.filter(({ id }) => earlier.done.has(id)) };
}

/** One node's turn as things stand. */
export function planTurn(
  look: Look,
  kind: MaintenanceKind,
  node: Node,
  machine: MachineFacts,
  overrides: readonly string[],
): Turn {
  const facts = { ...machine, unproven: machine.unproven.filter(({ name }) => name === node.name) };
  // A start takes nothing away.
  const changed = kind === 'start' ? node : drained(node);
  return propose(look, node, changed, overrides, facts);
}

/** What the guards say of all turns together. */
export const heardOf = ({ turns }: Pick<MaintenancePlan, 'turns'>): Heard => ({
  severe: turns.some(({ heard }) => heard.severe),
  warnings: [...new Set(turns.flatMap(({ heard }) => heard.warnings))],
});
