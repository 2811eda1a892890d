import type { Node } from '../cluster/node.js';
import { putHold } from '../database/queries/holds.js';
import type { BalancerTiming } from '../load-balancer/balancer.js';
import { controlUnder, type Under } from './control-under.js';
import { type DrainWalk, endedByUs, tasksSeen, walkDrain } from './drain-walk.js';
import { followUntilServing, pollingConnections } from './follow.js';
import { isHomeward } from './homeward.js';
import type { NodeMachine } from './machine/node-machine.js';
import { controlMachine, type WholeNode } from './machine-control.js';
import type { MaintenanceKind, MaintenanceRequest, NodeReport } from './maintenance.js';
import { reach } from './reach.js';
import { mustNotBeNeeded } from './still-dispensable.js';
import { workWhileStopped } from './while-stopped.js';

export interface NodeJob extends Under {
  readonly kind: MaintenanceKind;
  readonly node: Node;
  readonly machine: NodeMachine;
  readonly request: MaintenanceRequest;
  readonly times: BalancerTiming;
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
  // Only a restart can miss those that were there before.
  const polling = kind === 'restart' ? await pollingConnections(job, signal) : 0;

  const walk = { ...job, control, url, terms: request };
  if (kind !== 'start') await takeDown(walk, whole, signal);
  // What is to be done while it is stopped was done before it was on its way back.
  if (kind === 'restart' && !isHomeward(running, node)) await workWhileStopped(job, signal);
  const isServing = kind !== 'stop' && (await bringBack(job, whole, signal));
  const follow = { ...job, url, polling };
  const confirmed = isServing ? await followUntilServing(follow, signal) : control.lastPing.kind === 'answered';

  const report: NodeReport = {
    node: node.name,
    tookMs: cluster.clock.now() - started,
    // One that holds it has come since it is back: before, its stop waited for all of them.
    tasks: tasksSeen(control).filter(({ fate }) => fate !== 'holding'),
    endedByUs: endedByUs(walk),
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

/** Drains it within the terms, and stops its service. */
async function takeDown(walk: DrainWalk, whole: WholeNode, signal: AbortSignal): Promise<void> {
  const { node, running, telling } = walk;
  // Once it is on its way back, or stopped already, there is nothing to drain.
  const stage = isHomeward(running, node) ? 'stopped' : await whole.observe(signal);
  if (stage === 'stopped') return;
  // One that has stopped by itself is only to be kept so.
  if (stage !== 'quiet') await walkDrain(walk, 'drained', signal);
  for await (const { why } of reach('stopped', whole, signal)) telling.step(why);
}

/** Starts its service and restores its flag as it was found. Answers whether it serves again. */
async function bringBack(job: NodeJob, whole: WholeNode, signal: AbortSignal): Promise<boolean> {
  const { kind, node, running, request, telling } = job;
  const staysDrained = request.foundDraining.includes(node.name);
  const isRunning = kind === 'start' && !isHomeward(running, node) && (await whole.observe(signal)) !== 'stopped';
  // Somebody has started it by hand; what its stop had suspended would be missed at its next start.
  if (isRunning) await whole.restoreSuspended(signal);
  // A service that runs already is not to be started; then only the flag is left.
  if (isRunning && staysDrained && !isHomeward(running, node)) return false;
  for await (const { why } of reach(staysDrained ? 'back' : 'in-service', whole, signal)) telling.step(why);
  return !staysDrained;
}

/** A flag that somebody else had set becomes a hold of ours where nobody holds the node. */
async function keepHold({ running, node, hold }: NodeJob): Promise<void> {
  const terms = { ...hold, expect: undefined, operationId: running.id };
  await running.lease.change(putHold(node.id, terms));
}
