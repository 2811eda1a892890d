import type { Node } from '../cluster/node.js';
import { putHold } from '../database/queries/holds.js';
import { Failure } from '../errors.js';
import type { Cluster } from './cluster.js';
import { controlUnder } from './control-under.js';
import { readStatusForChange } from './doubtful-nodes.js';
import { type DrainTerms, endedByUs, type Telling, tasksSeen, walkDrain } from './drain-walk.js';
import { findNode } from './find-node.js';
import { type Operating, runOperation } from './journal/run-operation.js';
import type { Running } from './journal/running.js';
import { outlasting } from './outlasting.js';
import type { Ping } from './ping.js';
import { mustNotHaveEnded } from './proof.js';
import { drained, hasWorsened, type Plan, propose } from './propose.js';
import { path } from './reach.js';
import type { Look } from './read-status.js';
import type { SeenTask } from './watch-node.js';

export interface DrainPlan extends Plan {
  /** What would be done, in order. */
  readonly steps: readonly string[];
}

/** What a drain would mean, judged by every guard. Rejects when one of them refuses. */
export function planDrain(look: Look, node: Node, overrides: readonly string[]): DrainPlan {
  const steps = path(node.draining ? 'draining' : 'in-service', 'drained') ?? [];
  return { ...propose(look, node, drained(node), overrides), steps: steps.map(({ why }) => why) };
}

export interface DrainRequest extends DrainTerms {
  /** Sets the flag and does not wait. */
  readonly detach: boolean;
  /** Milliseconds the node should stay out; `status` speaks up when it lasts longer. */
  readonly expect: number | undefined;
}

export interface DrainResult {
  readonly operation: string;
  readonly outcome: 'drained' | 'draining';
  /** What the node's own ping told last. */
  readonly ping: Ping;
  /** Milliseconds from the start to the end. */
  readonly tookMs: number;
  /** Every task seen on the node meanwhile. */
  readonly tasks: readonly SeenTask[];
  /** Ids of those that ended because of us. */
  readonly endedByUs: readonly string[];
}

/**
 * Takes a node out of service and waits until it is idle. Run again after a crash, it goes on where it stopped. Rejects
 * as *unverified* when the node is idle but its own ping contradicts the flag, so that it may still get requests.
 */
export async function drain(
  { cluster: reached, identity, occasion, balancer, ...continuing }: Operating,
  plan: DrainPlan,
  { timing }: Look,
  request: DrainRequest,
  telling: Telling,
  signal: AbortSignal,
): Promise<DrainResult> {
  const { clock } = reached;
  const { node } = plan;
  const started = clock.now();
  const begun = { kind: 'drain', nodes: [node], request: { ...request }, occasion, ...continuing };
  const hold = { who: identity.who, why: occasion.reason ?? 'drained with octo-ha', expect: request.expect };
  const { result } = await runOperation(reached, identity, begun, signal, async (running) => {
    const cluster = outlasting(reached, running.lease.sleep, telling.progress);
    await stillAsPlanned(cluster, running);
    const under = { cluster, running, timing, telling, balancer };
    const { control, url } = await controlUnder(under, node, hold, signal);
    const walk = { ...under, node, control, url, terms: request };
    await walkDrain(walk, request.detach ? 'draining' : 'drained', signal);
    const result: DrainResult = {
      operation: running.id,
      outcome: request.detach ? 'draining' : 'drained',
      ping: control.lastPing,
      tookMs: clock.now() - started,
      tasks: [...control.seen.values()],
      endedByUs: endedByUs(walk),
    };
    const tasks = tasksSeen(control);
    const state = request.detach ? 'waiting' : 'done';
    // A flag that somebody else had set becomes a hold of ours where nobody holds the node.
    const held = node.hold !== null || running.lastDone(node) === 'drain';
    const effects = held ? [] : putHold(node.id, { ...hold, operationId: running.id });
    const outcome = { outcome: result.outcome, ping: result.ping, tasks, endedByUs: result.endedByUs };
    return { result, ending: { state, outcome, effects } as const };
  });
  mustNotHaveEnded(result.endedByUs, `${node.name} is drained`, result.operation);
  if (result.outcome === 'drained') mustNotContradict(result, node);
  return result;

  /** Between the plan that was shown and the lease, somebody else may have drained another node. */
  async function stillAsPlanned(cluster: Cluster, running: Running): Promise<void> {
    const look = await readStatusForChange(cluster, signal);
    const now = planDrain(look, findNode(look.nodes, node.id), occasion.overrides);
    const last = running.lastDone(node);
    if (last !== undefined && !now.node.draining) {
      throw new Failure(
        'partial',
        `${node.name} was drained by this operation and given tasks again since; it stays so`,
        {
          hint: `Give the operation up:  octo-ha operation abort ${running.id}\nDrain it anew then:      octo-ha node drain ${node.name}`,
        },
      );
    }
    if (running.resumed) return;
    if (hasWorsened(plan, now) || now.node.draining !== node.draining) {
      throw new Failure('refused', `the cluster has changed since this drain of ${node.name} was planned`, {
        hint: 'Look again with: octo-ha status',
      });
    }
  }
}

/** A ping that could not be asked was waited out; one that says otherwise is never reported as success. */
function mustNotContradict({ ping, operation }: DrainResult, { name }: Node): void {
  if (ping.kind === 'not-asked' || ping.kind === 'unreachable' || (ping.kind === 'answered' && ping.draining)) return;
  const told = ping.kind === 'answered' ? 'its own ping still says it is in service' : ping.why;
  throw new Failure('unverified', `${name} is idle and its flag is set, but ${told}`, {
    hint: `The load balancer may still send it requests. Look again with: octo-ha node show ${name}`,
    details: { operation, ping },
  });
}
