import { sql } from 'kysely';
import type { Query } from '../../src/database/dialect.js';
import type { OctopusShape } from './octopus-shapes.js';

export interface NodeRow {
  readonly name: string;
  readonly lastSeen: Date;
  readonly draining?: boolean;
  readonly cap?: number;
  readonly flaggedOffline?: boolean;
}

export interface TaskRow {
  readonly id: string;
  readonly state: string;
  readonly queuedAt: Date;
  readonly startedAt?: Date;
  readonly node?: string;
  readonly waitsForHuman?: boolean;
  readonly description?: string;
}

export const idOf = ({ prefixedIds }: OctopusShape, name: string): string =>
  prefixedIds ? `OctopusServerNodes-${name}` : name;

/** Statements that register a node as this shape keeps it. */
export function insertNode(shape: OctopusShape, node: NodeRow): readonly Query[] {
  const { name, lastSeen, draining = false, cap = 5, flaggedOffline = false } = node;
  const id = idOf(shape, name);
  const inNode = shape.lastSeen !== 'status';
  // Where both tables have the column, the one in the node table is a leftover that nobody refreshes.
  const leftover = shape.lastSeen === 'both' ? new Date(lastSeen.getTime() - 86_400_000) : lastSeen;
  return [
    inNode
      ? sql`INSERT INTO dbo.OctopusServerNode (Id, Name, LastSeen, Rank, JSON, MaxConcurrentTasks, IsInMaintenanceMode)
          VALUES (${id}, ${name}, ${leftover}, ${'Follower'}, ${'{}'}, ${cap}, ${draining})`
      : sql`INSERT INTO dbo.OctopusServerNode (Id, Name, JSON, MaxConcurrentTasks, IsInMaintenanceMode)
          VALUES (${id}, ${name}, ${'{}'}, ${cap}, ${draining})`,
    ...(shape.statusKey === null
      ? []
      : [
          sql`INSERT INTO dbo.OctopusServerNodeStatus (${sql.id(shape.statusKey)}, LastSeen, IsOffline)
            VALUES (${id}, ${lastSeen}, ${flaggedOffline})`,
        ]),
  ];
}

export function insertTask(shape: OctopusShape, task: TaskRow): Query {
  const { id, state, queuedAt, startedAt = null, node, waitsForHuman = false, description = 'Deploy' } = task;
  const holder = node === undefined ? null : idOf(shape, node);
  return sql`INSERT INTO dbo.ServerTask
    (Id, Name, Description, QueueTime, StartTime, State, HasPendingInterruptions, HasWarningsOrErrors, JSON, ${sql.id(shape.taskNode)})
    VALUES (${id}, ${'Deploy'}, ${description}, ${queuedAt}, ${startedAt ?? sql`NULL`}, ${state}, ${waitsForHuman}, ${false}, ${'{}'}, ${holder ?? sql`NULL`})`;
}
