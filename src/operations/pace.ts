import { formatDuration } from '../cluster/duration.js';
import type { Node } from '../cluster/node.js';
import { Failure } from '../errors.js';
import type { Cluster } from './cluster.js';
import { readStatusForChange } from './doubtful-nodes.js';
import type { Telling } from './drain-walk.js';
import { findNode } from './find-node.js';
import type { Running } from './journal/running.js';
import type { MaintenanceRequest } from './maintenance.js';

/** Rejects as *deadline* where no further node is to be begun at this hour. */
export function mustNotBegin(name: string, { until }: MaintenanceRequest, now: number, isFurther: boolean): void {
  if (until === undefined || now < Date.parse(until)) return;
  const message = isFurther ? `it is past ${until}; ${name} is not begun` : `it is past ${until} already`;
  throw new Failure('deadline', message, {
    hint: 'Go on in the next window with the same command and a later --until.',
  });
}

interface Canary {
  readonly cluster: Cluster;
  readonly running: Running;
  readonly node: Node;
  /** Milliseconds. */
  readonly bake: number;
  readonly telling: Telling;
}

/** Watches the first node for a while, once in an operation, and rejects as *partial* where it does not stay well. */
export async function watchCanary(canary: Canary, signal: AbortSignal): Promise<void> {
  const watch = async () => {
    await mustStayWell(canary, signal);
    return {};
  };
  await canary.running.learn({ node: canary.node, action: 'watch-canary' }, watch, signal);
}

async function mustStayWell({ cluster, running, node, bake, telling }: Canary, signal: AbortSignal): Promise<void> {
  telling.step(`watch it for ${formatDuration(bake)} before the next one`);
  await running.lease.sleep(bake, signal);
  const look = await readStatusForChange(cluster, signal);
  const now = findNode(look.nodes, node.id);
  if (now.state !== 'offline' && now.state !== 'stale' && now.state !== 'unknown') return;
  throw new Failure('partial', `${node.name} came back, and is ${now.state} after ${formatDuration(bake)}`, {
    hint: `Look at it with: octo-ha node show ${node.name}`,
  });
}
