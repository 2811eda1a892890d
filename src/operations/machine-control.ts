import * as z from 'zod/mini';
import type { Node } from '../cluster/node.js';
import type { Timing } from '../cluster/timing.js';
import { nodeHistory } from '../database/queries/node-history.js';
import { Failure } from '../errors.js';
import type { BalancerTiming } from '../load-balancer/balancer.js';
import { inTime } from '../ports/clock.js';
import type { Cluster } from './cluster.js';
import { isHomeward } from './homeward.js';
import { mustBeVersionOf, mustNotDiffer } from './installed-version.js';
import { waysOn } from './journal/endings.js';
import type { Came, EffectId, Running } from './journal/running.js';
import type { MachineOrders, NodeControl, Stage } from './lifecycle.js';
import type { NodeMachine } from './machine/node-machine.js';
import { startService, stopService } from './machine/service-control.js';
import { readService } from './machine/service-state.js';
import type { StartType } from './machine/start-type.js';
import type { ControlledNode, Progress } from './node-control.js';
import { ping } from './ping.js';
import { type Connections, waitUntilLetGo } from './quiet.js';
import { type Suspended, suspendedOf } from './suspended.js';
import { restoreItsWatchdog, restoreStartType, suspendStarting } from './suspending.js';

export interface ServiceTerms {
  /** Milliseconds that requests under way have to end before the service is stopped all the same. */
  readonly requestGrace: number;
  /** Milliseconds that stopping, and starting until the node is seen again, may take each. */
  readonly serviceTimeout: number;
}

export interface MachineTerms extends ServiceTerms {
  /** Milliseconds to wait for tasks that it takes after all once it was idle. */
  readonly drainTimeout: number;
}

export interface MachineMeans {
  readonly cluster: Cluster;
  readonly running: Running;
  readonly node: Node;
  readonly timing: Timing;
  readonly control: ControlledNode;
  /** The node's own web address, where it is known. */
  readonly url: string | undefined;
  readonly machine: NodeMachine;
  readonly terms: MachineTerms;
  readonly balancer: BalancerTiming;
  /** Versions that the other nodes run. */
  readonly versions: readonly string[];
  /** It is to stay down: a service that has ended by itself is kept from starting and stopped all the same. */
  readonly staysDown: boolean;
  /** How its service starts once it is kept from starting by itself. */
  readonly keptAs?: StartType;
  tell(progress: Progress): void;
  /** Rejects where the others have changed so that this node is needed. */
  mayStop(signal: AbortSignal): Promise<void>;
  /** Ends its row. */
  removeRow?(signal: AbortSignal): Promise<void>;
}

export interface WholeNode extends NodeControl {
  /** Brings back what a stop has suspended, of a service that somebody has started by hand. */
  restoreSuspended(signal: AbortSignal): Promise<void>;
  /** Connections that were left when its service was stopped. */
  readonly connections: Connections | undefined;
}

const cameOfStart = z.object({ lastSeenBefore: z.nullable(z.string()) });

/**
 * A node together with its machine. Every effect on the machine is journaled and made once; what stopping has suspended
 * is brought back exactly as it was found, also by another operation.
 */
export function controlMachine(means: MachineMeans): WholeNode {
  const { cluster, running, node, timing, control, url, terms, balancer, tell } = means;
  const { machine, address } = means.machine;
  const { name } = node;
  let connections: Connections | undefined;
  let isQuiet = false;
  let isBack = false;
  let isRemoved = false;

  const isKept = (): boolean => running.came(node, 'keep-from-starting') !== undefined;
  /** One that has ended by itself under this operation is kept from starting and stopped all the same. */
  const isDown = (): boolean => {
    const wasOurs = means.staysDown || running.came(node, 'drain') !== undefined;
    return !wasOurs || running.came(node, 'stop-service') !== undefined;
  };

  const act = (action: string, before: string, after: string, signal: AbortSignal) => ({
    by: (perform: (id: EffectId) => Promise<Came>) => running.act({ node, action, before, after }, perform, signal),
  });

  const isDone = (action: string): boolean => running.came(node, action) !== undefined;

  async function suspended(signal: AbortSignal): Promise<Suspended> {
    const [history] = await cluster.database.ask([nodeHistory(node.id)], signal);
    return suspendedOf(history);
  }

  const inItsTime = <T>(what: string, signal: AbortSignal, work: (limit: AbortSignal) => Promise<T>): Promise<T> => {
    const { serviceTimeout } = terms;
    const message = `${name} ${what} within ${serviceTimeout / 1_000} s; it gets no tasks`;
    const hint = `Look at ${machine.name}, and go on with: octo-ha operation resume ${running.id}`;
    return inTime(cluster.clock, serviceTimeout, signal, work, () => new Failure('partial', message, { hint }));
  };

  const orders: MachineOrders = {
    async waitUntilQuiet(signal) {
      const wait = { cluster, machine, url, node, timing, balancer, grace: terms.requestGrace, control, tell };
      connections = await waitUntilLetGo({ ...wait, sleep: running.lease.sleep }, signal);
      isQuiet = connections !== undefined;
    },
    async keepFromStarting(signal) {
      await means.mayStop(signal);
      await suspendStarting(means, means.keptAs ?? 'disabled', signal);
    },
    async stopService(signal) {
      // Flag and tasks are read once more immediately before: one that was taken after all is waited for.
      const { holding } = await control.look(signal);
      if (holding.length > 0) {
        isQuiet = false;
        return;
      }
      if (isDone('stop-service')) await mustHaveStayedDown(signal);
      // One that was intended may have been stopped already.
      else if (!running.isOpen(node, 'stop-service')) await means.mayStop(signal);
      await inItsTime('did not stop', signal, async (limit) => {
        const grace = Math.ceil(terms.serviceTimeout / 1_000);
        await act('stop-service', 'running', 'stopped', limit).by(async (id) => {
          await stopService(machine, id, { grace }, limit);
          return {};
        });
      });
      const listen = async () => {
        await mustBeSilent(signal);
        return {};
      };
      await running.learn({ node, action: 'hear-silence' }, listen, signal);
    },
    async startService(signal) {
      // Once it may run already, it is too late to keep it from the others: its version is judged when it is seen.
      if (!isHomeward(running, node)) await mustBeVersionOf(means, signal);
      const { startType } = await suspended(signal);
      // A disabled service is started by nobody.
      if (startType !== undefined) {
        await restoreStartType(means, startType.type === 'disabled' ? 'manual' : startType, signal);
      }
      const { record } = await control.look(signal);
      await inItsTime('did not start', signal, async (limit) => {
        await act('start-service', 'stopped', 'running', limit).by(async (id) => {
          await startService(machine, id, limit);
          return { lastSeenBefore: record?.lastSeen?.toISOString() ?? null };
        });
      });
    },
    async waitUntilBack(signal) {
      const came = cameOfStart.safeParse(running.came(node, 'start-service'));
      await inItsTime('was started and not seen again', signal, (limit) =>
        untilSeen(came.success ? came.data.lastSeenBefore : undefined, limit),
      );
      await restoreItsWatchdog(means, await suspended(signal), signal);
      isBack = true;
    },
    async removeRow(signal) {
      await means.removeRow?.(signal);
      isRemoved = true;
    },
  };

  return {
    ...orders,
    get connections() {
      return connections;
    },
    setDrainFlag: control.setDrainFlag,
    async waitUntilIdle(signal) {
      await inTime(cluster.clock, terms.drainTimeout, signal, control.waitUntilIdle, tookTasks);
    },
    async restoreSuspended(signal) {
      const left = await suspended(signal);
      if (left.startType !== undefined) await restoreStartType(means, left.startType, signal);
      await restoreItsWatchdog(means, left, signal);
    },
    async observe(signal): Promise<Stage> {
      if (isRemoved) return 'removed';
      const { state } = await readService(machine, signal);
      if (state === 'missing') {
        throw new Failure('partial', `${machine.name} knows no service ${address.service}`, {
          hint: `Describe it anew with: octo-ha node set ${name} --service NAME`,
        });
      }
      // What a killed run had intended is asked for again, whatever it looks like: its result is to be journaled.
      const isOpen = (...actions: readonly string[]) => actions.some((action) => running.isOpen(node, action));
      if (isOpen('start-service')) return 'stopped';
      // Its machine may have started it as soon as it was let: that it is to run is said to its manager all the same.
      const isBegun = isHomeward(running, node);
      if (isBegun && running.came(node, 'start-service') === undefined) return 'stopped';
      // So is what has to be heard of one that was stopped.
      const isToBeHeard = !isBegun && isDone('stop-service') && !isDone('hear-silence');
      if (isOpen('stop-service') || isToBeHeard) return 'kept';
      if (state === 'stopped') return isDown() ? 'stopped' : isKept() ? 'kept' : 'quiet';
      const flag = await control.observe(signal);
      if (isBegun) return isBack ? (flag === 'in-service' ? flag : 'back') : 'starting';
      if (flag !== 'drained') {
        isQuiet = false;
        return flag;
      }
      if (!isQuiet) return 'drained';
      return isKept() ? 'kept' : 'quiet';
    },
  };

  /**
   * A start is proven by a heartbeat that moved after it, and by the node's own ping where that can be asked. Of a start
   * by somebody else it is not known what came before: then a heartbeat has to move from now on.
   */
  async function untilSeen(lastSeenBefore: string | null | undefined, signal: AbortSignal): Promise<void> {
    let before = lastSeenBefore;
    for (let told = ''; ; ) {
      const { record } = await control.look(signal);
      const lastSeen = record?.lastSeen?.toISOString() ?? null;
      if (before === undefined) before = lastSeen;
      const why = lastSeen === before || record?.flaggedOffline === true ? 'no heartbeat yet' : await silence(signal);
      if (why === undefined) {
        if (record?.version) mustNotDiffer(name, record.version, means.versions);
        return;
      }
      if (why !== told) tell({ kind: 'starting', why });
      told = why;
      await running.lease.sleep(timing.look, signal);
    }
  }

  /** Why its ping is no answer; `undefined` where it is one, or is not to be had. */
  async function silence(signal: AbortSignal): Promise<string | undefined> {
    const answer = await ping(cluster, node, url, signal);
    return answer.kind === 'unreachable' || answer.kind === 'unclear' ? `its ping: ${answer.why}` : undefined;
  }

  /** A stop is made once in an operation: where the service runs after it, somebody has started it again. */
  async function mustHaveStayedDown(signal: AbortSignal): Promise<void> {
    const { state } = await readService(machine, signal);
    if (state !== 'running') return;
    throw new Failure('partial', `${address.service} on ${machine.name} was stopped, and somebody started it again`, {
      hint: `Give the operation up, and begin anew: octo-ha operation abort ${running.id}`,
    });
  }

  function tookTasks(): Failure {
    const holding = [...control.seen.values()].flatMap(({ task, fate }) => (fate === 'holding' ? [task.id] : []));
    const held = holding.length > 0 ? `held by ${holding.join(', ')}` : 'still settling';
    return new Failure('deadline', `${name} was not idle again after ${terms.drainTimeout / 1_000} s: ${held}`, {
      hint: waysOn(running.id),
    });
  }

  /** Where the node still answers after its service was stopped, that was another node's service. */
  async function mustBeSilent(signal: AbortSignal): Promise<void> {
    if (url === undefined) return;
    for (let looks = 0; ; looks++) {
      const answer = await ping(cluster, node, url, signal);
      if (answer.kind !== 'answered') return;
      if (looks === 5) {
        throw new Failure(
          'partial',
          `${address.service} on ${machine.name} is stopped, but ${name} still answers: it runs somewhere else`,
          { hint: `Start that service again, and correct the address with: octo-ha node set ${name}` },
        );
      }
      await running.lease.sleep(timing.look, signal);
    }
  }
}
