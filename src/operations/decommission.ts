import { formatDuration } from '../cluster/duration.js';
import type { Task } from '../cluster/task.js';
import type { Timing } from '../cluster/timing.js';
import { forgetNode } from '../database/queries/delete-node.js';
import { nodeRecords } from '../database/queries/nodes.js';
import { settings } from '../database/queries/settings.js';
import { Failure } from '../errors.js';
import { balancerTimes } from './balancer-times.js';
import type { Cluster } from './cluster.js';
import { controlUnder } from './control-under.js';
import { type DrainTerms, endedByUs, type TaskTold, type Telling, tasksSeen, walkDrain } from './drain-walk.js';
import { waysOn } from './journal/endings.js';
import { type Operating, runOperation } from './journal/run-operation.js';
import type { Running } from './journal/running.js';
import { takeOver } from './machine/machine.js';
import { machinesOf, type NodeMachine } from './machine/node-machine.js';
import { controlMachine, type ServiceTerms } from './machine-control.js';
import type { ControlledNode } from './node-control.js';
import { outlasting } from './outlasting.js';
import { mustNotHaveEnded } from './proof.js';
import type { Plan } from './propose.js';
import { reach } from './reach.js';
import type { Look } from './read-status.js';
import { mustNotBeNeeded } from './still-dispensable.js';

export interface DecommissionRequest extends DrainTerms, ServiceTerms {
  /** Its machine is gone: only its row is dealt with. */
  readonly offline: boolean;
  /** Its service can still be started by hand. */
  readonly keepService: boolean;
}

export interface DecommissionResult {
  readonly operation: string;
  readonly node: string;
  readonly tookMs: number;
  readonly tasks: readonly TaskTold[];
  readonly endedByUs: readonly string[];
  /** What remains to be done outside octo-ha. */
  readonly remaining: readonly string[];
}

/** So many heartbeats have to be missing before a node is taken for gone: two minutes. */
const silentHeartbeats = 2;
/** A node that lives adds itself again at its next check-in: within two and a half minutes, with a margin. */
const heartbeatsUntilBack = 2.5;

/**
 * Takes a node out of the cluster for good: drains and stops it, waits until it is silent, deletes its rows, and looks
 * again that it did not add itself. Nothing of the database's or the share's data is touched.
 * https://octopus.com/docs/administration/high-availability/maintain/retire-node
 */
export async function decommission(
  { cluster: reached, identity, occasion, balancer, ...continuing }: Operating,
  { node }: Pick<Plan, 'node'>,
  { timing }: Pick<Look, 'timing'>,
  request: DecommissionRequest,
  telling: Telling,
  signal: AbortSignal,
): Promise<DecommissionResult> {
  const { clock } = reached;
  const started = clock.now();
  const begun = {
    kind: 'decommission',
    nodes: [node],
    request: { ...request },
    essential: ['offline'],
    occasion,
    ...continuing,
  };
  const { result } = await runOperation(reached, identity, begun, signal, async (running) => {
    const cluster = outlasting(reached, running.lease.sleep, telling.progress);
    const isGone = running.resumed && !(await isRegistered(cluster));
    // A run that was killed after the API had deleted the row could not journal it.
    if (isGone && running.channel.name === 'api' && running.isOpen(node, 'delete-node')) await deleteRows(running);
    const isDeleted = running.came(node, 'delete-node') !== undefined;
    if (isGone && !isDeleted) telling.step('its row is gone already: somebody else has deleted it');
    const seen = isGone || isDeleted ? { tasks: [], ended: [] } : await remove(cluster, running);
    telling.step('look whether it adds itself again');
    await running.lease.sleep(heartbeatsUntilBack * timing.heartbeat, signal);
    await mustNotBeBack(cluster);
    const result: DecommissionResult = {
      operation: running.id,
      node: node.name,
      tookMs: clock.now() - started,
      tasks: seen.tasks,
      endedByUs: seen.ended,
      remaining: remaining(node.name),
    };
    const ending = { state: 'done', outcome: { ...result }, effects: forgetNode(node.id) } as const;
    return { result, ending };
  });
  mustNotHaveEnded(result.endedByUs, `${node.name} is decommissioned`, result.operation);
  return result;

  async function remove(cluster: Cluster, running: Running) {
    await mustBeTheOnlyOne(cluster);
    const hold = { who: identity.who, why: occasion.reason ?? 'decommissioned with octo-ha', expect: undefined };
    const under = { cluster, running, timing, telling, balancer };
    const { control, url } = await controlUnder(under, node, hold, signal);
    const walk = { ...under, node, control, url, terms: request };
    const removeRow = () => removeIt(cluster, running, control, timing);
    if (request.offline) {
      await walkDrain(walk, 'drained', signal);
      telling.step('take its row out of the cluster');
      await removeRow();
    } else {
      const [kept] = await cluster.database.ask([settings], signal);
      const machine = (await machinesOf(cluster, [node], running.lease, signal)).get(node.id) as NodeMachine;
      await takeOver(machine.machine, running.lease.token, signal);
      const means = { cluster, running, node, timing, control, url, machine, terms: request, versions: [] };
      const whole = controlMachine({
        ...means,
        balancer: balancer?.timing ?? balancerTimes(kept),
        tell: telling.progress,
        mayStop: (within) => mustNotBeNeeded({ cluster, running, node }, occasion.overrides, within),
        staysDown: true,
        keptAs: request.keepService ? 'manual' : 'disabled',
        removeRow,
      });
      const stage = await whole.observe(signal);
      if (stage !== 'stopped' && stage !== 'quiet') await walkDrain(walk, 'drained', signal);
      for await (const { why } of reach('removed', whole, signal)) telling.step(why);
    }
    return {
      tasks: tasksSeen(control),
      ended: endedByUs(walk),
    };
  }

  /** Its heartbeat must not have moved for a while, and none of its tasks may be alive. */
  async function removeIt(cluster: Cluster, running: Running, control: ControlledNode, timing: Timing): Promise<void> {
    const silence = silentHeartbeats * timing.heartbeat;
    telling.step(`wait until it has not been seen for ${formatDuration(silence)}`);
    let lastSeen: string | undefined;
    const until = clock.now() + silence + request.serviceTimeout;
    for (let since = clock.now(); ; ) {
      const { record, holding } = await control.look(signal);
      const now = record?.lastSeen?.toISOString() ?? '';
      if (now !== lastSeen || holding.length > 0) since = clock.now();
      lastSeen = now;
      if (clock.now() - since >= silence) break;
      if (clock.now() >= until) throw stillAlive(holding, running.id);
      await running.lease.sleep(timing.look, signal);
    }
    await mustBeTheOnlyOne(cluster);
    await deleteRows(running);
  }

  function stillAlive(holding: readonly Task[], id: string): Failure {
    const why = holding.length > 0 ? `${holding.map((task) => task.id).join(', ')} run on it` : 'its heartbeat moves';
    return new Failure('deadline', `${node.name} still lives: ${why}; its row stays`, {
      hint: `Its service runs somewhere: stop it there.\n${waysOn(id)}`,
    });
  }

  async function deleteRows(running: Running): Promise<void> {
    const change = { node, action: 'delete-node', before: 'registered', after: 'gone' };
    if (!(await running.change(change, running.channel.deleteNode(node), [], signal))) {
      throw new Failure('partial', `the row of ${node.name} was not as expected, and was not deleted`, {
        hint: `See it with: octo-ha node show ${node.name}`,
      });
    }
  }

  async function mustBeTheOnlyOne(cluster: Cluster): Promise<void> {
    const [records] = await cluster.database.ask([nodeRecords], signal);
    const same = (text: string, other: string) => text.toLowerCase() === other.toLowerCase();
    const alike = records.filter(({ id, name }) => same(id, node.id) || same(name, node.name));
    if (alike.length <= 1) return;
    throw new Failure('refused', `${alike.length} rows are ${node.name}: ${alike.map(({ id }) => id).join(', ')}`, {
      hint: 'Octopus itself must tell them apart first; octo-ha deletes none of them.',
    });
  }

  async function isRegistered(cluster: Cluster): Promise<boolean> {
    const [records] = await cluster.database.ask([nodeRecords], signal);
    return records.some(({ id }) => id.toLowerCase() === node.id.toLowerCase());
  }

  async function mustNotBeBack(cluster: Cluster): Promise<void> {
    if (!(await isRegistered(cluster))) return;
    throw new Failure('partial', `${node.name} has added itself again: its service still runs somewhere`, {
      hint: `Stop it there, and decommission it again: octo-ha node decommission ${node.name}`,
    });
  }
}

const remaining = (name: string): readonly string[] => [
  `load balancer: take ${name} out of its configuration (octo-ha lb render)`,
  `polling Tentacles and Kubernetes agents: remove the address of ${name} from each`,
  `DNS, NAT and firewall rules that name ${name}`,
  `monitoring of ${name}`,
  `on its machine: Octopus.Server service --uninstall, then delete-instance; never database --delete`,
];
