import type { Node } from '../cluster/node.js';
import { settings } from '../database/queries/settings.js';
import { Failure } from '../errors.js';
import { balancerTimes } from './balancer-times.js';
import type { Cluster } from './cluster.js';
import { readStatusForChange } from './doubtful-nodes.js';
import type { Telling } from './drain-walk.js';
import { driveNode } from './drive-node.js';
import { findNode } from './find-node.js';
import { waysOn } from './journal/endings.js';
import { type Operating, runOperation } from './journal/run-operation.js';
import type { Running } from './journal/running.js';
import { takeOver } from './machine/machine.js';
import { machinesOf, type NodeMachine } from './machine/node-machine.js';
import {
  type MaintenanceKind,
  type MaintenanceRequest,
  maintenanceRequest,
  type NodeReport,
  nodeReport,
} from './maintenance.js';
import { outlasting } from './outlasting.js';
import { mustNotBegin, watchCanary } from './pace.js';
import { type MaintenancePlan, planTurn } from './plan-maintenance.js';
import { mustNotHaveEnded } from './proof.js';

export interface MaintenanceResult {
  readonly operation: string;
  readonly kind: MaintenanceKind;
  /** `paused`: some nodes are left, as was asked for. */
  readonly outcome: 'done' | 'paused';
  readonly nodes: readonly NodeReport[];
  /** Names of nodes that are not begun. */
  readonly left: readonly string[];
}

/**
 * Takes nodes through a restart, a stop or a start, one after the other, as one operation. Stops at the first that fails,
 * with the others untouched; the same command again goes on. What the guards say is heard again before each node.
 */
export async function maintain(
  { cluster: reached, identity, occasion, balancer, ...continuing }: Operating,
  plan: MaintenancePlan,
  request: MaintenanceRequest,
  tellingOf: (node: string) => Telling,
  signal: AbortSignal,
): Promise<MaintenanceResult> {
  const { kind } = plan;
  const nodes = [...plan.done, ...plan.turns.map(({ node }) => node)];
  const begun = {
    kind,
    nodes,
    request: { ...request },
    essential: essentialOf(kind),
    occasion,
    ...continuing,
  };
  const { result } = await runOperation(reached, identity, begun, signal, async (running) => {
    const cluster = outlasting(reached, running.lease.sleep, tellingOf('database').progress);
    const [kept] = await cluster.database.ask([settings], signal);
    const machines = await machinesOf(cluster, nodes, running.lease, signal);
    const ordered = running.order.flatMap((name) => nodes.filter((node) => node.name === name));
    const pending = ordered.filter((node) => running.came(node, kind) === undefined);
    await showTokens(running, pending, machines, signal);

    let begunNow = 0;
    for (const [i, node] of pending.entries()) {
      const [first] = ordered;
      if (first !== undefined && node !== first && request.bake !== undefined) {
        const telling = tellingOf(first.name);
        await watchCanary({ cluster, running, node: first, bake: request.bake, telling }, signal);
      }
      if (isUntouched(running, node)) {
        if (request.pauseAfter !== undefined && begunNow >= request.pauseAfter) break;
        mustNotBegin(node.name, request, cluster.clock.now(), i > 0);
      }
      begunNow++;
      await tellingWhatStands(running, kind, nodes, node, () => takeTurn(cluster, running, node, machines, kept));
    }

    const reports = ordered.flatMap((node) => reportOf(running, node, kind));
    const left = ordered.filter((node) => running.came(node, kind) === undefined).map(({ name }) => name);
    const result: MaintenanceResult = {
      operation: running.id,
      kind,
      outcome: left.length > 0 ? 'paused' : 'done',
      nodes: reports,
      left,
    };
    const state = left.length > 0 ? 'waiting' : 'done';
    return { result, ending: { state, outcome: { nodes: reports, left } } as const };
  });
  const ended = result.nodes.flatMap(({ endedByUs }) => endedByUs);
  mustNotHaveEnded(ended, `${kind} of ${result.nodes.map(({ node }) => node).join(', ')} is done`, result.operation);
  return result;

  async function takeTurn(
    cluster: Cluster,
    running: Running,
    planned: Node,
    machines: ReadonlyMap<string, NodeMachine>,
    kept: ReadonlyMap<string, string>,
  ): Promise<void> {
    const look = await readStatusForChange(cluster, signal);
    const node = findNode(look.nodes, planned.id);
    // The flag counts as it was found by the first run.
    const first = maintenanceRequest.safeParse(running.request);
    const asked = first.success ? { ...request, foundDraining: first.data.foundDraining } : request;
    // Between the plan that was shown and this node's turn the cluster may have changed.
    if (isUntouched(running, node)) {
      if (kind !== 'start' && node.draining !== asked.foundDraining.includes(node.name))
        throw hasActed(node, running.id);
      const turn = planTurn(look, kind, node, { who: identity.who, unproven: [] }, occasion.overrides);
      if (turn.heard.severe && !plan.turns.some(({ heard }) => heard.severe)) throw hasChanged(node.name);
    }
    const others = look.nodes.filter(({ id, state }) => id !== node.id && (state === 'running' || state === 'ui-only'));
    await driveNode(
      {
        cluster,
        running,
        kind,
        node,
        timing: look.timing,
        machine: machines.get(node.id) as NodeMachine,
        request: asked,
        balancer,
        times: balancer?.timing ?? balancerTimes(kept),
        versions: others.flatMap(({ version }) => version ?? []),
        hold: { who: identity.who, why: occasion.reason ?? `${kind} with octo-ha` },
        overrides: occasion.overrides,
        telling: tellingOf(node.name),
      },
      signal,
    );
  }
}

/** What makes it another operation when it differs. */
export const essentialOf = (kind: MaintenanceKind): readonly string[] =>
  kind === 'restart' ? ['whileStopped', 'reboot'] : [];

/** Every machine learns the token, and refuses lower ones from then on; what still runs there is waited for. */
async function showTokens(
  running: Running,
  nodes: readonly Node[],
  machines: ReadonlyMap<string, NodeMachine>,
  signal: AbortSignal,
): Promise<void> {
  const show = async ({ id }: Node) => {
    const found = machines.get(id);
    if (found) await takeOver(found.machine, running.lease.token, signal);
  };
  await Promise.all(nodes.map(show));
}

const isUntouched = (running: Running, node: Pick<Node, 'name'>): boolean => running.lastDone(node) === undefined;

const reportOf = (running: Running, node: Node, kind: string): readonly NodeReport[] => {
  const parsed = nodeReport.safeParse(running.came(node, kind));
  return parsed.success ? [parsed.data] : [];
};

const hasActed = ({ name, draining }: Node, id: string): Failure =>
  new Failure('partial', `somebody else ${draining ? 'drained' : 'undrained'} ${name} since this was planned`, {
    hint: waysOn(id),
  });

const hasChanged = (name: string): Failure =>
  new Failure('refused', `the cluster has changed since this was planned; ${name} is left alone`, {
    hint: 'Look again with: octo-ha status',
  });

/** Adds to a failure which nodes are done, and which are untouched. */
async function tellingWhatStands(
  running: Running,
  kind: string,
  nodes: readonly Node[],
  node: Node,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const done = nodes.filter((one) => running.came(one, kind) !== undefined).map(({ name }) => name);
    const last = running.lastDone(node);
    const left = nodes.filter((one) => running.lastDone(one) === undefined).map(({ name }) => name);
    const stands = [
      ...(last === undefined ? [] : [`the last thing done to ${node.name} is: ${last}`]),
      ...(done.length > 0 ? [`done: ${done.join(', ')}`] : []),
      ...(left.length > 0 ? [`untouched: ${left.join(', ')}`] : []),
    ];
    const { hint, cause, details } = error;
    throw new Failure(error.kind, `${error.message}\n${stands.join('; ')}`, {
      hint,
      cause,
      details: { ...details, node: node.name, done, left },
    });
  }
}
