import { type Hold, type Node, nodeState } from '../cluster/node.js';
import type { Operation } from '../cluster/operation.js';
import { type ClusterStatus, capacityOf, type Queue } from '../cluster/status.js';
import { occupiesNode } from '../cluster/task.js';
import { taskOwner } from '../cluster/task-owner.js';
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
  /** Operations that have not ended. */
  readonly unfinished: readonly Operation[];
  /** Tasks that wait for a human and will go on only on the node with this Id. */
  readonly bound: ReadonlyMap<string, number>;
  /** Why octo-ha does not write to this database; empty when it does. */
  readonly oddities: readonly string[];
}

/** An earlier run of this kind of change of this node did not come to its end. */
export const isUnfinished = ({ unfinished }: Look, kind: string, { name }: Pick<Node, 'name'>): boolean =>
  unfinished.some((operation) => operation.kind === kind && operation.nodes.includes(name));

/** The whole cluster at one moment, in one round trip after the catalogue. Reads only Octopus' tables and settings. */
export async function readStatus({ context, database }: Cluster, signal: AbortSignal): Promise<Look> {
  const { server, database: name, shape } = await database.catalogue(signal);
  const [at, records, counts, versions, kept, held, unfinished] = await database.ask(
    [databaseTime, nodeRecords, taskCounts, installedVersions, settings, holds, operations('unfinished')],
    signal,
  );
  const timing = timingFrom(kept);
  const running = counts.filter(occupiesNode);
  const owned = counts.map((tasks) => ({ ...tasks, owner: taskOwner(tasks.node, records)?.id }));
  const nodes = records.map((record) => toNode(record, { tasks: owned, versions, held, at, timing }));
  return {
    cluster: { context, server, database: name, version: versions[0]?.version ?? null },
    at,
    nodes,
    queue: queueOf(counts, at),
    capacity: capacityOf(nodes),
    running: sum(running),
    unfinished,
    operation: unfinished.find(({ state, isCrashed }) => state === 'running' || isCrashed) ?? null,
    orphaned: sum(owned.filter((tasks) => occupiesNode(tasks) && tasks.node !== null && tasks.owner === undefined)),
    bound: new Map(
      nodes.map(({ id }) => [id, sum(owned.filter((tasks) => tasks.owner === id && tasks.waitsForHuman))]),
    ),
    timing,
    oddities: shape.oddities,
  };
}

interface Surroundings {
  readonly tasks: readonly (TaskCount & { readonly owner: string | undefined })[];
  readonly versions: readonly InstalledVersion[];
  readonly held: ReadonlyMap<string, Hold>;
  readonly at: Date;
  readonly timing: Timing;
}

function toNode(record: NodeRecord, { tasks, versions, held, at, timing }: Surroundings): Node {
  const { id, name, draining, taskCap, lastSeen, version } = record;
  const runningTasks = sum(tasks.filter((some) => some.owner === id && occupiesNode(some)));
  const installed = versions.find(({ node }) => taskOwner(node, [record]) !== undefined);
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
  const waiting = counts.filter((task) => !occupiesNode(task));
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
