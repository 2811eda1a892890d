import type { Node } from '../cluster/node.js';
import type { Task } from '../cluster/task.js';
import type { Timing } from '../cluster/timing.js';
import { nodeAddresses } from '../database/queries/node-addresses.js';
import { Failure } from '../errors.js';
import type { Cluster } from './cluster.js';
import type { NodeControl, Stage } from './lifecycle.js';
import { addressOf, type Ping, ping } from './ping.js';
import { type NodeLook, watchNode } from './watch-node.js';

/** What a wait has to tell; the caller words it. */
export type Progress =
  | { readonly kind: 'busy'; readonly tasks: readonly Task[]; readonly stalled: boolean }
  | { readonly kind: 'settling'; readonly milliseconds: number; readonly ping: Ping };

export interface ControlledNode extends NodeControl {
  /** Every task seen on the node during this run, in its last known state. */
  readonly seen: ReadonlyMap<string, Task>;
  /** The node's own ping named its flag as we wrote it. */
  readonly confirmed: boolean;
}

/** What the control of a node is given by the operation that drives it. */
export interface Means {
  /** Writes the flag, only from its other value; `false` when it did not have that value. */
  write(draining: boolean, signal: AbortSignal): Promise<boolean>;
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  tell(progress: Progress): void;
}

/** Looks without change before the tasks that hold the node are named again. */
const looksBeforeStalled = 30;

/** One node, driven through the database. Time is the database's, so a slow or skewed admin machine changes nothing. */
export function controlNode(
  cluster: Cluster,
  node: Node,
  timing: Timing,
  { write, sleep, tell }: Means,
): ControlledNode {
  const { database } = cluster;
  const watch = watchNode(cluster, node);
  let settled = false;
  let confirmed = false;
  /** The flag as we last wrote or first saw it. When a look differs, somebody else has acted. */
  let flag: boolean | undefined;

  async function look(signal: AbortSignal): Promise<NodeLook> {
    const seen = await watch.look(signal);
    if (!seen.record) throw changedUnderUs(`${node.name} has no row any more: it was deleted meanwhile`);
    flag ??= seen.record.draining;
    if (seen.record.draining !== flag) {
      throw changedUnderUs(
        `somebody else ${flag ? 'undrained' : 'drained'} ${node.name} meanwhile; octo-ha leaves it so`,
      );
    }
    return seen;
  }

  let address: { readonly url: string | undefined } | undefined;

  async function askPing(signal: AbortSignal): Promise<Ping> {
    address ??= { url: addressOf(cluster, node, ...(await database.ask([nodeAddresses], signal))) };
    return await ping(cluster, node, address.url, signal);
  }

  return {
    seen: watch.seen,
    get confirmed() {
      return confirmed;
    },
    async observe(signal): Promise<Stage> {
      const { record } = await look(signal);
      if (!record?.draining) return 'in-service';
      return settled ? 'drained' : 'draining';
    },
    async setDrainFlag(draining, signal) {
      if (!(await write(draining, signal)))
        throw changedUnderUs(`the drain flag of ${node.name} was changed by somebody else at this moment`);
      flag = draining;
      settled = false;
    },
    async waitUntilIdle(signal) {
      let flaggedSince: Date | undefined;
      let confirmedSince: Date | undefined;
      let told = '';
      let unchanged = 0;
      for (;;) {
        const { at, holding } = await look(signal);
        flaggedSince ??= at;
        const answer = confirmedSince ? undefined : await askPing(signal);
        if (answer?.kind === 'answered' && answer.draining) confirmedSince = at;
        const remaining = confirmedSince
          ? timing.settle - (at.getTime() - confirmedSince.getTime())
          : timing.settleUnconfirmed - (at.getTime() - flaggedSince.getTime());
        if (holding.length === 0 && remaining <= 0) {
          confirmed = confirmedSince !== undefined;
          settled = true;
          return;
        }
        const now = holding.length > 0 ? holding.map(({ id, state }) => `${id} ${state}`).join() : 'settling';
        unchanged = now === told ? unchanged + 1 : 0;
        if (now !== told || unchanged % looksBeforeStalled === looksBeforeStalled - 1) {
          if (holding.length > 0) tell({ kind: 'busy', tasks: holding, stalled: now === told });
          else if (now !== told) {
            tell({ kind: 'settling', milliseconds: remaining, ping: answer ?? { kind: 'answered', draining: true } });
          }
        }
        told = now;
        await sleep(holding.length > 0 ? timing.look : Math.min(timing.look, Math.max(remaining, 50)), signal);
      }
    },
  };
}

const changedUnderUs = (message: string) =>
  new Failure('partial', message, { hint: 'See where the cluster stands with: octo-ha status' });
