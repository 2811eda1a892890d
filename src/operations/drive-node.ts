import type { Node } from '../cluster/node.js';
import { putHold } from '../database/queries/holds.js';
import type { BalancerTimes } from './balancer-times.js';
import { wayToCancel } from './cancelling.js';
import { controlUnder, type Under } from './control-under.js';
import { endedByUs, walkDrain } from './drain-walk.js';
import { followUntilServing, pollingConnections } from './follow.js';
import { isHomeward } from './homeward.js';
import type { NodeMachine } from './machine/node-machine.js';
import { controlMachine, type WholeNode } from './machine-control.js';
import type { MaintenanceKind, MaintenanceRequest, NodeReport } from './maintenance.js';
import type { ControlledNode } from './node-control.js';
import { reach } from './reach.js';
import { mustNotBeNeeded } from './still-dispensable.js';
import { workWhileStopped } from './while-stopped.js';

export interface NodeJob extends Under {
  readonly kind: MaintenanceKind;
  readonly node: Node;
  readonly machine: NodeMachine;
  readonly request: MaintenanceRequest;
  readonly times: BalancerTimes;
  /** Versions that the other nodes run. */
  readonly versions: readonly string[];
  readonly hold: { readonly who: string; readonly why: string };
  /** Guards that a person has overridden. */
  readonly overrides: readonly string[];
}

/** Takes one node through a restart, a stop or a start, from wherever an earlier run has left it. */
export async function driveNode(job: NodeJob, signal: AbortSignal): Promise<NodeReport> {
  const { cluster, kind, node, running, request, telling, machine } = job;
  const started = cluster.clock.now();
  const { control, url } = await controlUnder(job, node, { ...job.hold, expect: undefined }, signal);
  const mayStop = (within: AbortSignal) => mustNotBeNeeded(job, job.overrides, within);
  const whole = controlMachine({
    ...job,
    control,
    url,
    balancer: job.times,
    terms: request,
    tell: telling.progress,
    mayStop,
    staysDown: kind === 'stop',
  });
  const polling = await pollingConnections(job, signal);

  let cancelled: readonly string[] = [];
  if (kind !== 'start') cancelled = await takeDown(job, control, whole, signal);
  if (kind === 'restart') await workWhileStopped(job, signal);
  const isServing = kind !== 'stop' && (await bringBack(job, whole, signal));
  const follow = { ...job, url, polling };
  const confirmed = isServing ? await followUntilServing(follow, signal) : control.lastPing.kind === 'answered';

  const ended = endedByUs(control, cancelled).map(({ id }) => id);
  const report: NodeReport = {
    node: node.name,
    tookMs: cluster.clock.now() - started,
    // One that holds it has come since it is back: before, its stop waited for all of them.
    tasks: [...control.seen.values()].flatMap(({ task, fate }) =>
      fate === 'holding' ? [] : [{ id: task.id, state: task.state, fate }],
    ),
    endedByUs: ended,
    connections: whole.connections ?? null,
    confirmedByNode: confirmed,
  };
  if (kind === 'stop' && node.hold === null && node.draining) await keepHold(job);
  await running.act(
    {
      node,
      action: kind,
      before: kind === 'start' ? 'stopped' : 'running',
      after: kind === 'stop' ? 'stopped' : 'running',
    },
    async () => ({ ...report }),
    signal,
  );
  telling.step(`${machine.address.service} on ${machine.machine.name}: ${kind} done`);
  return report;
}

/** Drains it within the terms, and stops its service. Answers with the tasks that were cancelled for it. */
async function takeDown(
  job: NodeJob,
  control: ControlledNode,
  whole: WholeNode,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { cluster, node, running, request, telling } = job;
  // Once it is on its way back, or stopped already, there is nothing to drain.
  const stage = isHomeward(job.running, job.node) ? 'stopped' : await whole.observe(signal);
  if (stage === 'stopped') return [];
  const cancelling = { cluster, running, node, grace: request.cancelGrace, every: job.timing.look };
  const cancel = request.onTimeout === 'cancel-tasks' ? await wayToCancel(cancelling, signal) : undefined;
  const walk = { node, control, running, terms: request, clock: cluster.clock, telling, cancel };
  // One that has stopped by itself is only to be kept so.
  const cancelled = stage === 'quiet' ? [] : await walkDrain(walk, 'drained', signal);
  for await (const { why } of reach('stopped', whole, signal)) telling.step(why);
  return cancelled;
}

/** Starts its service and restores its flag as it was found. Answers whether it serves again. */
async function bringBack(job: NodeJob, whole: WholeNode, signal: AbortSignal): Promise<boolean> {
  const { kind, node, request, telling } = job;
  const staysDrained = request.foundDraining.includes(node.name);
  // A service that runs already is not to be started; then only the flag is left.
  if (
    kind === 'start' &&
    staysDrained &&
    !isHomeward(job.running, job.node) &&
    (await whole.observe(signal)) !== 'stopped'
  ) {
    return false;
  }
  for await (const { why } of reach(staysDrained ? 'back' : 'in-service', whole, signal)) telling.step(why);
  return !staysDrained;
}

/** A flag that somebody else had set becomes a hold of ours where nobody holds the node. */
async function keepHold({ running, node, hold }: NodeJob): Promise<void> {
  const terms = { ...hold, expect: undefined, operationId: running.id };
  await running.lease.change(putHold(node.id, terms));
}
