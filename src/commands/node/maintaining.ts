import type { Node } from '../../cluster/node.js';
import { Failure } from '../../errors.js';
import { readStatusForChange } from '../../operations/doubtful-nodes.js';
import { earlierTurns } from '../../operations/earlier-turns.js';
import { findNode } from '../../operations/find-node.js';
import { inspectMachines } from '../../operations/inspect-machines.js';
import { isSame } from '../../operations/journal/kinship.js';
import { essentialOf, maintain } from '../../operations/maintain.js';
import { type MaintenanceKind, type MaintenanceRequest, maintenanceRequest } from '../../operations/maintenance.js';
import { heardOf, planMaintenance } from '../../operations/plan-maintenance.js';
import type { Look } from '../../operations/read-status.js';
import type { Terminal } from '../../ports/terminal.js';
import {
  maintenanceJson,
  maintenancePlanJson,
  maintenancePlanText,
  maintenanceText,
} from '../../render/maintenance-text.js';
import { warnOfBlindBalancer } from '../blind-balancer.js';
import type { Result } from '../command.js';
import { askConsent, type Level } from '../consent.js';
import type { Context } from '../context.js';
import { operating } from '../operating.js';
import { tellWarnings } from '../tell-warnings.js';
import { telling } from '../telling.js';

type Wanted = Omit<MaintenanceRequest, 'foundDraining'>;

/** An operation of this kind and node that was cut short: its own hold and its own stop are nobody else's. */
const cutShort = ({ unfinished }: Look, kind: MaintenanceKind, { name }: Node) =>
  unfinished.find((operation) => operation.kind === kind && operation.nodes.includes(name));

/** Plans, shows, asks and does: what `node restart`, `stop` and `start` have in common. */
export async function maintaining(
  kind: MaintenanceKind,
  names: readonly string[],
  all: boolean,
  wanted: Wanted,
  context: Context,
): Promise<Result> {
  const { terminal, signal, globals, identity } = context;
  const cluster = await context.cluster();
  const look = await readStatusForChange(cluster, signal);
  const nodes = chosen(look, kind, names, all, terminal);
  const begun = { kind, nodes, request: wanted, essential: essentialOf(kind) };
  const unfinished = look.unfinished.find((operation) => isSame(operation, begun));
  const earlier = await earlierTurns(cluster, unfinished, signal);
  const pending = nodes.filter(({ id }) => !earlier.done.has(id));
  const inspected = await inspectMachines(cluster, look, pending, signal);
  const unproven = inspected.flatMap(({ node, unproven: one }) => (one && !cutShort(look, kind, node) ? [one] : []));
  const machine = {
    who: nodes.map((node) => cutShort(look, kind, node)?.who).find(Boolean) ?? identity.who,
    unproven,
  };
  const plan = planMaintenance(look, kind, nodes, machine, globals.override, earlier);
  const heard = heardOf(plan);
  tellWarnings(heard, terminal);
  if (kind !== 'start') await warnOfBlindBalancer(context);
  const planned = (plan.turns.length === 0 ? plan.done : plan.turns.map(({ node }) => node)).map(({ name }) => name);
  if (globals.dryRun) return { json: maintenancePlanJson(plan), text: maintenancePlanText(plan), names: planned };
  terminal.say(maintenancePlanText(plan));
  const level: Level = heard.severe || wanted.onTimeout === 'cancel-tasks' ? 'severe' : 'moderate';
  await askConsent(level, `${capitalised(kind)} ${planned.join(', ')}?`, planned.join(','), context);
  // What octo-ha itself had set before a stop is taken back at the start; what somebody else set stays.
  const foundDraining = inspected
    .filter(({ node, suspended }) => node.draining && !(kind === 'start' && suspended.drainedBy === 'stop'))
    .map(({ node }) => node.name);
  const request = maintenanceRequest.parse({ ...wanted, foundDraining });
  const result = await maintain(await operating(context), plan, request, (node) => telling(node, terminal), signal);
  return {
    json: maintenanceJson(result),
    text: maintenanceText(result),
    names: result.nodes.map(({ node }) => node),
  };
}

function chosen(
  look: Look,
  kind: MaintenanceKind,
  names: readonly string[],
  all: boolean,
  terminal: Terminal,
): readonly Node[] {
  const { nodes } = look;
  if (all && names.length > 0) throw new Failure('usage', 'name nodes, or give --all, and not both');
  if (!all && names.length === 0)
    throw new Failure('usage', 'no node is named', { hint: 'Name nodes, or give --all.' });
  if (!all) return [...new Set(names.map((name) => findNode(nodes, name)))];
  // What somebody has stopped and keeps out is not brought back by the way.
  const isKeptOut = (node: Node) =>
    kind !== 'start' && node.state === 'offline' && node.hold !== null && !cutShort(look, kind, node);
  for (const { name, hold } of nodes.filter(isKeptOut)) {
    terminal.warn(`${name} is left alone: it is offline, and held by ${hold?.who}: ${hold?.why}`);
  }
  return nodes.filter((node) => node.state !== 'stale' && !isKeptOut(node));
}

const capitalised = (text: string): string => text[0]?.toUpperCase() + text.slice(1);
