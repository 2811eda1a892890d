import { sql } from 'kysely';
import * as z from 'zod/mini';
import { bit, count, instant } from '../../database/columns.js';
import type { Dialect } from '../../database/dialect.js';
import { Failure } from '../../errors.js';
import type { OctopusDatabase } from '../octopus-database.js';
import { nodeId } from '../record.js';
import type { WholeCluster } from './distribution.js';

/** A task that a node may take. */
export interface Candidate {
  readonly id: string;
  readonly description: string;
  /** It was begun here, waited for a human, and has its answer. */
  readonly resumed: boolean;
  readonly json: string;
}

/** What a node sees at one moment: itself, the cluster, and the queue. */
export interface Glance {
  /** `null` when the node's own row is missing. */
  readonly self: { readonly cap: number; readonly draining: boolean; readonly lastSeen: Date | null } | null;
  readonly cluster: WholeCluster;
  /** This node's unfinished tasks, by Id, with their state. */
  readonly own: ReadonlyMap<string, string>;
  /** First come, first served; those bound to this node before all others. */
  readonly candidates: readonly Candidate[];
}

const nodeRow = z.object({
  id: z.string(),
  cap: count,
  draining: bit,
  last_seen: z.nullable(instant),
  offline: z.nullable(bit),
});
const activeRow = z.object({ id: z.string(), state: z.string(), node: z.nullable(z.string()) });
const pendingRow = z.object({ pending: count });
const candidateRow = z.object({ id: z.string(), description: z.string(), bound: bit, json: z.string() });
const nowRow = z.object({ now: instant });

export interface QueueOptions {
  readonly name: string;
  /** Unseen for this long, a node's cap does not count. */
  readonly offlineAfter: number;
}

/** Octopus' queue as one node sees and uses it. */
export function taskQueue(octopus: OctopusDatabase, { name, offlineAfter }: QueueOptions) {
  const id = nodeId(name);
  const { now } = octopus.dialect;
  const waiting = sql`State = 'Queued' AND HasPendingInterruptions = ${false} AND QueueTime <= ${now}`;

  return {
    async look(most: number, signal: AbortSignal): Promise<Glance> {
      const [times = [], nodes = [], active = [], pending = [], candidates = []] = await octopus.read(
        [
          sql`SELECT ${now} AS now`,
          sql`
            SELECT n.Id AS id, n.MaxConcurrentTasks AS cap, n.IsInMaintenanceMode AS draining, s.LastSeen AS last_seen, s.IsOffline AS offline
            FROM dbo.OctopusServerNode AS n LEFT JOIN dbo.OctopusServerNodeStatus AS s ON s.OctopusServerNodeId = n.Id`,
          sql`SELECT Id AS id, State AS state, ServerNodeId AS node FROM dbo.ServerTask WHERE State IN ('Executing', 'Cancelling')`,
          sql`SELECT COUNT(*) AS pending FROM dbo.ServerTask WHERE ${waiting} AND ServerNodeId IS NULL`,
          sql`
            SELECT Id AS id, Description AS description, JSON AS json, CASE WHEN ServerNodeId IS NULL THEN 0 ELSE 1 END AS bound
            FROM dbo.ServerTask WHERE ${waiting} AND (ServerNodeId IS NULL OR ServerNodeId = ${id})
            ORDER BY CASE WHEN ServerNodeId IS NULL THEN 1 ELSE 0 END, QueueTime, Id ${first(most, octopus.dialect)}`,
        ],
        signal,
      );
      const at = nowRow.parse(times[0]).now.getTime();
      const known = nodes.map((row) => nodeRow.parse(row));
      const running = active.map((row) => activeRow.parse(row));
      const serving = known.filter(
        (node) =>
          !node.draining &&
          node.offline === false &&
          node.last_seen !== null &&
          at - node.last_seen.getTime() < offlineAfter,
      );
      const self = known.find((node) => node.id === id);
      return {
        self: self ? { cap: self.cap, draining: self.draining, lastSeen: self.last_seen } : null,
        cluster: {
          cap: serving.reduce((sum, { cap }) => sum + cap, 0),
          active: running.length,
          pending: pendingRow.parse(pending[0]).pending,
        },
        own: new Map(running.filter(({ node }) => node === id).map((task) => [task.id, task.state])),
        candidates: candidates.map((row) => {
          const { bound, ...candidate } = candidateRow.parse(row);
          return { ...candidate, resumed: bound };
        }),
      };
    },

    /**
     * Takes a task, unless another node was faster or this node drains: the flag is read by the same statement. What is
     * bound to this node goes on in spite of the flag.
     */
    async take(task: string, signal: AbortSignal): Promise<boolean> {
      const query = sql`
        UPDATE dbo.ServerTask SET State = 'Executing', ServerNodeId = ${id}, StartTime = COALESCE(StartTime, ${now})
        WHERE Id = ${task} AND ${waiting} AND (ServerNodeId = ${id} OR (ServerNodeId IS NULL AND EXISTS (
          SELECT 1 FROM dbo.OctopusServerNode AS n WHERE n.Id = ${id} AND n.IsInMaintenanceMode = ${false})))`;
      try {
        return (await octopus.change([{ query, expects: 1 }], signal)).applied;
      } catch (error) {
        if (!(error instanceof Failure) || error.kind !== 'unknown') throw error;
        // Contact was lost in the middle: the task itself tells whose it is.
        const [rows = []] = await octopus.read(
          [sql`SELECT Id FROM dbo.ServerTask WHERE Id = ${task} AND State = 'Executing' AND ServerNodeId = ${id}`],
          signal,
        );
        return rows.length === 1;
      }
    },

    /** Ends a task in a state that it never leaves. `false` when somebody else has ended it. */
    async finish(task: string, end: Ending, signal: AbortSignal): Promise<boolean> {
      const query = sql`
        UPDATE dbo.ServerTask SET State = ${end.state}, CompletedTime = ${now}, DurationSeconds = ${end.seconds}, ErrorMessage = ${end.why ?? null}
        WHERE Id = ${task} AND ServerNodeId = ${id} AND State = ${end.from}`;
      return (await octopus.change([{ query, expects: 1 }], signal)).applied;
    },

    /** Puts a task back until a human has answered. It stays bound to this node. */
    async waitForHuman(task: string, signal: AbortSignal): Promise<boolean> {
      const query = sql`
        UPDATE dbo.ServerTask SET State = 'Queued', HasPendingInterruptions = ${true}
        WHERE Id = ${task} AND ServerNodeId = ${id} AND State = 'Executing'`;
      return (await octopus.change([{ query, expects: 1 }], signal)).applied;
    },

    /** A node that comes back cancels what it left running: https://octopus.com/docs/administration/high-availability */
    async cancelOwn(signal: AbortSignal): Promise<void> {
      const why = `The Octopus Server node ${name} was restarted while the task was running.`;
      const query = sql`
        UPDATE dbo.ServerTask SET State = 'Canceled', CompletedTime = ${now}, ErrorMessage = ${why}
        WHERE ServerNodeId = ${id} AND State IN ('Executing', 'Cancelling')`;
      await octopus.change([{ query, expects: 'any' }], signal);
    },
  };
}

export interface Ending {
  readonly state: 'Success' | 'Canceled' | 'Failed';
  readonly from: 'Executing' | 'Cancelling';
  readonly seconds: number;
  readonly why?: string;
}

export type TaskQueue = ReturnType<typeof taskQueue>;

/** The end of a sorted SELECT that wants its first rows only. */
const first = (rows: number, { engine }: Dialect) =>
  engine === 'sqlite' ? sql`LIMIT ${rows}` : sql`OFFSET 0 ROWS FETCH NEXT ${rows} ROWS ONLY`;
