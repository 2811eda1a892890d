import type { Node } from '../cluster/node.js';
import type { Task } from '../cluster/task.js';
import type { Timing } from '../cluster/timing.js';
import { Failure } from '../errors.js';
import type { Clock } from '../ports/clock.js';
import type { Cluster } from './cluster.js';
import { isOutage } from './journal/lease.js';
import type { FlagOrders, Stage } from './lifecycle.js';
import { type Ping, ping } from './ping.js';
import { settleWindow } from './settle-window.js';
import { type NodeLook, type SeenTask, watchNode } from './watch-node.js';

/** What a wait has to tell; the caller words it. */
export type Progress =
  | { readonly kind: 'busy'; readonly tasks: readonly Task[]; readonly stalled: boolean }
  | { readonly kind: 'settling'; readonly milliseconds: number; readonly ping: Ping }
  | { readonly kind: 'outage'; readonly why: string }
  /** Milliseconds until the load balancer must have noticed. */
  | { readonly kind: 'balancer'; readonly milliseconds: number }
  | { readonly kind: 'requests'; readonly connections: number | 'unknown'; readonly milliseconds: number }
  | { readonly kind: 'starting'; readonly why: string };

export interface ControlledNode extends FlagOrders {
  /** Every task seen on the node during this operation. */
  readonly seen: ReadonlyMap<string, SeenTask>;
  /** What the node's own ping told last. */
  readonly lastPing: Ping;
  /** When its own ping first named the flag in this run, by this machine's clock; `undefined` while it has not. */
  readonly confirmedAt: number | undefined;
  /** One look, which an outage of the database delays; what it sees counts for `observe`. */
  look(signal: AbortSignal): Promise<NodeLook>;
}

/** What the control of a node is given by the operation that drives it. */
export interface Means {
  /** Its own web address, where it is known. */
  readonly url: string | undefined;
  /** Writes the flag, only from its other value; `false` when it did not have that value. */
  write(draining: boolean, signal: AbortSignal): Promise<boolean>;
  readonly operationId: string;
  /** The flag as earlier runs of the operation left it; `undefined` where they have not written it. */
  readonly written: boolean | undefined;
  sleep: Clock['sleep'];
  tell(progress: Progress): void;
  /** Done whenever the wait for its tasks begins. */
  beforeWaiting?(signal: AbortSignal): Promise<void>;
  /** Tasks that earlier runs of the operation have seen on it, by Id. */
  readonly seenBefore?: readonly string[];
  /** Keeps that these were seen. */
  keepSeen?(tasks: readonly Task[]): Promise<void>;
}

/** Looks without change before the tasks that hold the node are named again. */
const looksBeforeStalled = 30;

/** One node, driven through the database. An outage of the database is waited out: Octopus goes on meanwhile, too. */
export function controlNode(
  cluster: Cluster,
  node: Node,
  timing: Timing,
  { url, write, operationId, written, sleep, tell, beforeWaiting, seenBefore = [], keepSeen }: Means,
): ControlledNode {
  const watch = watchNode(cluster, node, seenBefore);
  const kept = new Set(seenBefore);
  let settled = false;
  let confirmedAt: number | undefined;
  let lastPing: Ping = { kind: 'not-asked', why: 'nobody asked it yet' };
  /** The flag as we last wrote or first saw it. When a look differs, somebody else has acted. */
  let flag = written;
  let isLookedAt = false;
  /** The task cap as first seen; nothing that drives a node this way changes it. */
  let cap: number | undefined;

  const changedUnderUs = (message: string): Failure =>
    new Failure('partial', message, {
      hint:
        'See where the cluster stands with:  octo-ha status\n' +
        `Give the operation up with:         octo-ha operation abort ${operationId}`,
    });

  async function look(signal: AbortSignal): Promise<NodeLook> {
    const seen = await watch.look(signal);
    const fresh = seen.holding.filter(({ id }) => !kept.has(id));
    if (fresh.length > 0) await keepSeen?.(fresh);
    for (const { id } of fresh) kept.add(id);
    if (!seen.record) throw changedUnderUs(`${node.name} has no row any more: it was deleted meanwhile`);
    isLookedAt = true;
    flag ??= seen.record.draining;
    if (seen.record.draining !== flag) {
      throw changedUnderUs(
        `somebody else ${flag ? 'undrained' : 'drained'} ${node.name} meanwhile; octo-ha leaves it so`,
      );
    }
    cap ??= seen.record.taskCap;
    if (seen.record.taskCap !== cap) {
      const [before, now] = [cap, seen.record.taskCap];
      throw changedUnderUs(`somebody else changed the task cap of ${node.name} from ${before} to ${now} meanwhile`);
    }
    return seen;
  }

  async function lookWhenPossible(signal: AbortSignal): Promise<NodeLook> {
    for (let told = false; ; told = true) {
      try {
        return await look(signal);
      } catch (error) {
        if (!isOutage(error)) throw error;
        if (!told) tell({ kind: 'outage', why: (error as Failure).message });
        await sleep(Math.max(timing.look, 1_000), signal);
      }
    }
  }

  return {
    seen: watch.seen,
    get lastPing() {
      return lastPing;
    },
    get confirmedAt() {
      return confirmedAt;
    },
    async look(signal) {
      const seen = await lookWhenPossible(signal);
      if (seen.holding.length > 0) settled = false;
      return seen;
    },
    async observe(signal): Promise<Stage> {
      // Once the node has been looked at, something may have been done to it: then an outage is waited out.
      const { record } = !isLookedAt ? await look(signal) : await lookWhenPossible(signal);
      if (!record?.draining) return 'in-service';
      return settled ? 'drained' : 'draining';
    },
    async setDrainFlag(draining, signal) {
      if (!(await write(draining, signal))) {
        throw changedUnderUs(`the drain flag of ${node.name} was changed by somebody else at this moment`);
      }
      flag = draining;
      settled = false;
      confirmedAt = undefined;
    },
    async waitUntilIdle(signal) {
      await beforeWaiting?.(signal);
      let window = settleWindow(timing, cluster.clock);
      let told = '';
      let unchanged = 0;
      for (;;) {
        const asked = cluster.clock.now();
        const { at, holding } = await lookWhenPossible(signal);
        // Through an outage the node has not seen its flag either: its time begins anew.
        if (cluster.clock.now() - asked >= timing.settle) window = settleWindow(timing, cluster.clock);
        const remaining = window.remaining(at);
        if (holding.length === 0 && remaining <= 0) {
          settled = true;
          return;
        }
        if (!window.confirmed) {
          lastPing = await ping(cluster, node, url, signal);
          if (lastPing.kind === 'answered' && lastPing.draining) {
            window.confirm();
            confirmedAt ??= cluster.clock.now();
          }
        }
        const now = holding.length > 0 ? holding.map(({ id, state }) => `${id} ${state}`).join() : lastPing.kind;
        unchanged = now === told ? unchanged + 1 : 0;
        const stalled = unchanged % looksBeforeStalled === looksBeforeStalled - 1;
        if (holding.length > 0 && (now !== told || stalled)) tell({ kind: 'busy', tasks: holding, stalled });
        // Its first answer may be older than the flag; what it says then is worth no words.
        const isEarly = told === '' && holding.length === 0 && lastPing.kind === 'answered' && !lastPing.draining;
        if (holding.length === 0 && now !== told && !isEarly) {
          const milliseconds = window.confirmed ? Math.min(remaining, timing.settle) : remaining;
          tell({ kind: 'settling', milliseconds, ping: lastPing });
        }
        told = isEarly ? 'early' : now;
        await sleep(holding.length > 0 ? timing.look : Math.min(timing.look, Math.max(remaining, 50)), signal);
      }
    },
  };
}
