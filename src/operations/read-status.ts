import { type Hold, type Node, nodeKey, nodeState } from '../cluster/node.js';
import { type ClusterStatus, capacityOf, type Queue } from '../cluster/status.js';
import { occupiesNode } from '../cluster/task.js';
import type { Timing } from '../cluster/timing.js';
import { databaseTime } from '../database/queries/clock.js';
import { holds } from '../database/queries/holds.js';
import { type InstalledVersion, installedVersions } from '../database/queries/installed-versions.js';
import { type NodeRecord, nodeRecords } from '../database/queries/nodes.js';
import { operations } from '../database/queries/operations.js';
import { settings } from '../database/queries/settings.js';
import { type TaskCount, taskCounts } from '../database/queries/task-counts.js';
import type { Cluster } from './cluster.js';
import { timingFrom } from './timing.js';

export interface Look extends ClusterStatus {
  readonly timing: Timing;
  /** Why octo-ha does not write to this database; empty when it does. */
  readonly oddities: readonly string[];
}

/** The whole cluster at one moment, in one round trip after the catalogue. Reads only Octopus' tables and settings. */
export async function readStatus({ context, database }: Cluster, signal: AbortSignal): Promise<Look> {
  const { server, database: name, shape } = await database.catalogue(signal);
  const [at, records, counts, versions, kept, held, unfinished] = await database.ask(
    [databaseTime, nodeRecords, taskCounts, installedVersions, settings, holds, operations('unfinished')],
    signal,
  );
  const timing = timingFrom(kept);
  const running = counts.filter(occupiesNode);
  const nodes = records.map((record) => toNode(record, { running, versions, held, at, timing }));
  const known = new Set(records.flatMap(({ id, name }) => [nodeKey(id), nodeKey(name)]));
  return {
    cluster: { context, server, database: name, version: versions[0]?.version ?? null },
    at,
    nodes,
    queue: queueOf(counts, at),
    capacity: capacityOf(nodes),
    running: sum(running),
    operation: unfinished.find(({ state }) => state === 'running') ?? null,
    orphaned: sum(running.filter(({ node }) => node !== null && !known.has(nodeKey(node)))),
    timing,
    oddities: shape.oddities,
  };
}

interface Surroundings {
  readonly running: readonly TaskCount[];
  readonly versions: readonly InstalledVersion[];
  readonly held: ReadonlyMap<string, Hold>;
  readonly at: Date;
  readonly timing: Timing;
}

function toNode(record: NodeRecord, { running, versions, held, at, timing }: Surroundings): Node {
  const { id, name, draining, taskCap, lastSeen, version } = record;
  const keys = new Set([nodeKey(id), nodeKey(name)]);
  const runningTasks = sum(running.filter(({ node }) => node !== null && keys.has(nodeKey(node))));
  const installed = versions.find(({ node }) => node !== null && keys.has(nodeKey(node)));
  return {
    id,
    name,
    state: nodeState({ ...record, runningTasks }, at, timing),
    draining,
    hold: (draining ? held.get(id) : undefined) ?? null,
    runningTasks,
    taskCap,
    lastSeen,
    version: version ?? installed?.version ?? null,
  };
}

function queueOf(counts: readonly TaskCount[], at: Date): Queue {
  const waiting = counts.filter((task) => !occupiesNode(task) && task.node === null);
  const ready = waiting.filter(({ scheduled, waitsForHuman }) => !scheduled && !waitsForHuman);
  const oldest = Math.min(...ready.map(({ oldestQueuedAt }) => oldestQueuedAt.getTime()));
  return {
    queued: sum(ready),
    scheduled: sum(waiting.filter(({ scheduled }) => scheduled)),
    oldestMs: Number.isFinite(oldest) ? Math.max(0, at.getTime() - oldest) : null,
    waitingForHuman: sum(counts.filter(({ waitsForHuman }) => waitsForHuman)),
  };
}

const sum = (counts: readonly TaskCount[]): number => counts.reduce((total, { tasks }) => total + tasks, 0);
