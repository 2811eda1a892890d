import type { Node } from '../cluster/node.js';
import type { Timing } from '../cluster/timing.js';
import { Failure } from '../errors.js';
import type { BalancerTiming } from '../load-balancer/balancer.js';
import type { Clock } from '../ports/clock.js';
import type { Cluster } from './cluster.js';
import type { Machine } from './machine/machine.js';
import { readService } from './machine/service-state.js';
import type { ControlledNode, Progress } from './node-control.js';
import { ping } from './ping.js';

/** Connections of a node's web port at last; `unknown` where the machine or the address does not tell. */
export type Connections = number | 'unknown';

export interface Letting {
  readonly cluster: Cluster;
  readonly machine: Machine;
  readonly node: Node;
  readonly url: string | undefined;
  readonly timing: Timing;
  readonly balancer: BalancerTiming;
  /** Milliseconds that requests under way have at most. */
  readonly grace: number;
  readonly control: Pick<ControlledNode, 'look' | 'confirmedAt'>;
  sleep: Clock['sleep'];
  tell(progress: Progress): void;
}

/**
 * Waits until the load balancer has let go of a drained node: its time to notice is over, and the web port has no
 * connection left, or the grace is over. Answers with the connections that were left; `undefined` when a task has turned
 * up on the node meanwhile.
 */
export async function waitUntilLetGo(letting: Letting, signal: AbortSignal): Promise<Connections | undefined> {
  const { cluster, control, balancer, grace, sleep, timing, tell } = letting;
  const { clock } = cluster;
  const since = control.confirmedAt ?? clock.now();
  const over = since + balancer.outAfter;
  const graceOver = Math.max(over, clock.now()) + grace;
  for (let told = ''; ; ) {
    if ((await control.look(signal)).holding.length > 0) return undefined;
    const now = clock.now();
    const left = now >= over ? await connectionsOf(letting, signal) : undefined;
    if (left === 0 || (left !== undefined && now >= graceOver)) return left;
    const seen = left === undefined ? 'balancer' : String(left);
    if (seen !== told) {
      tell(
        left === undefined
          ? { kind: 'balancer', milliseconds: over - now }
          : { kind: 'requests', connections: left, milliseconds: graceOver - now },
      );
    }
    told = seen;
    await sleep(Math.max(50, Math.min(timing.look, (left === undefined ? over : graceOver) - now)), signal);
  }
}

async function connectionsOf({ machine, url, node, cluster }: Letting, signal: AbortSignal): Promise<Connections> {
  const ports = webPorts(machine, url);
  if (ports.length === 0) return 'unknown';
  try {
    const { connections } = await readService(machine, signal, ports);
    if (connections !== undefined) return connections.reduce((sum, count) => sum + count, 0);
  } catch (error) {
    if (!(error instanceof Failure) || error.kind !== 'unreachable') throw error;
  }
  // A node that answers nobody any more has no connections either.
  const answer = await ping(cluster, node, url, signal);
  return answer.kind === 'unreachable' ? 0 : 'unknown';
}

/** Inside a container the port is another one than outside: those of the official image are counted. */
function webPorts({ service }: Machine, url: string | undefined): readonly number[] {
  if (service.manager === 'docker') return [8080, 443];
  if (url === undefined || !URL.canParse(url)) return [];
  const { port, protocol } = new URL(url);
  return [port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port)];
}
