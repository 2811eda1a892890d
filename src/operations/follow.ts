import type { Node } from '../cluster/node.js';
import { pollingPort } from '../cluster/polling-port.js';
import { Failure } from '../errors.js';
import type { BalancerTiming } from '../load-balancer/balancer.js';
import { tellUnder } from './balancer-hand.js';
import type { Under } from './control-under.js';
import type { Machine } from './machine/machine.js';
import type { NodeMachine } from './machine/node-machine.js';
import { readService } from './machine/service-state.js';
import type { MaintenanceRequest } from './maintenance.js';
import { ping } from './ping.js';

interface Follow extends Under {
  readonly node: Node;
  readonly machine: NodeMachine;
  readonly request: Pick<MaintenanceRequest, 'serviceTimeout' | 'tentacleGrace'>;
  readonly times: BalancerTiming;
  readonly url: string | undefined;
  /** Polling connections before the stop. */
  readonly polling: number;
}

/** Polling connections of the node as they were before it was stopped, kept with the operation. */
export async function pollingConnections(
  { running, node, machine }: Pick<Follow, 'running' | 'node' | 'machine'>,
  signal: AbortSignal,
): Promise<number> {
  const { connections } = await running.learn(
    { node, action: 'count-polling' },
    async () => ({ connections: (await count(machine.machine, signal)) ?? 0 }),
    signal,
  );
  return typeof connections === 'number' ? connections : 0;
}

/**
 * Waits until the load balancer must have the node back: its ping has answered 200 for `inAfter` without a break; and
 * until most polling connections are back, or their grace is over. Answers whether the node itself confirmed it.
 */
export async function followUntilServing(follow: Follow, signal: AbortSignal): Promise<boolean> {
  const { cluster, running, node, timing, url, times, request, telling } = follow;
  const { clock } = cluster;
  const { sleep } = running.lease;
  if (times.inAfter > 0) telling.step('wait until the load balancer sends it requests again');
  let confirmed = false;
  let since = clock.now();
  for (const until = since + request.serviceTimeout + times.inAfter; ; ) {
    const answer = await ping(cluster, node, url, signal);
    confirmed = answer.kind === 'answered' && !answer.draining;
    if (!confirmed && answer.kind !== 'not-asked') since = clock.now();
    // Once its own ping says so, and not before: a balancer that is told believes it.
    else await tellUnder(follow, node, false, signal);
    if (clock.now() - since >= times.inAfter && (confirmed || answer.kind === 'not-asked')) break;
    if (clock.now() >= until) {
      const why = answer.kind === 'answered' ? 'its ping still answers 418' : 'why' in answer ? answer.why : '';
      throw new Failure('partial', `${node.name} is started and does not serve: ${why}`, {
        hint: `Look at it with: octo-ha node show ${node.name}`,
      });
    }
    await sleep(Math.min(timing.look, Math.max(50, times.inAfter)), signal);
  }
  await pollingIsBack(follow, signal);
  return confirmed;
}

async function pollingIsBack(follow: Follow, signal: AbortSignal): Promise<void> {
  const { cluster, running, polling, machine, request, timing, telling } = follow;
  if (polling === 0) return;
  const wanted = Math.ceil(polling * 0.8);
  telling.step(`wait until ${wanted} of its ${polling} polling connections are back`);
  for (const until = cluster.clock.now() + request.tentacleGrace; cluster.clock.now() < until; ) {
    const now = await count(machine.machine, signal);
    if (now === undefined || now >= wanted) return;
    await running.lease.sleep(timing.look, signal);
  }
  telling.step('its polling connections are not all back; their time is over');
}

async function count(machine: Machine, signal: AbortSignal): Promise<number | undefined> {
  return (await readService(machine, signal, [pollingPort])).connections?.[0];
}
