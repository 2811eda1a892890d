import { sql } from 'kysely';
import type { Change, OctopusDatabase } from '../octopus-database.js';
import { nodeId } from '../record.js';
import type { NodeSettings } from './settings.js';

type Self = Pick<NodeSettings, 'name' | 'cap' | 'version'>;

/** A node's own rows: how it joins, shows that it is alive, and leaves. */
export function membership(octopus: OctopusDatabase, { name, cap, version }: Self) {
  const id = nodeId(name);
  const { now } = octopus.dialect;

  /** A row that stands is left alone: the drain flag and the cap survive a restart. */
  const join = (): readonly Change[] => [
    any(sql`
      INSERT INTO dbo.OctopusServerNode (Id, Name, MaxConcurrentTasks, IsInMaintenanceMode, JSON)
      SELECT ${id}, ${name}, ${cap}, ${false}, '{}'
      WHERE NOT EXISTS (SELECT 1 FROM dbo.OctopusServerNode WHERE Id = ${id})`),
    any(sql`
      INSERT INTO dbo.OctopusServerNodeStatus (OctopusServerNodeId, LastSeen, IsOffline, Version)
      SELECT ${id}, ${now}, ${false}, ${version}
      WHERE NOT EXISTS (SELECT 1 FROM dbo.OctopusServerNodeStatus WHERE OctopusServerNodeId = ${id})`),
    any(sql`
      UPDATE dbo.OctopusServerNodeStatus SET LastSeen = ${now}, IsOffline = ${false}, Version = ${version}
      WHERE OctopusServerNodeId = ${id}`),
  ];

  const recordVersion = (): Change =>
    any(sql`
      INSERT INTO dbo.OctopusServerInstallationHistory (Id, Node, Version, Installed, JSON)
      SELECT ${`${name}-${version}`}, ${name}, ${version}, ${now}, '{}'
      WHERE NOT EXISTS (SELECT 1 FROM dbo.OctopusServerInstallationHistory WHERE Id = ${`${name}-${version}`})`);

  const heartbeat = (): Change => ({
    expects: 1,
    query: sql`
      UPDATE dbo.OctopusServerNodeStatus SET LastSeen = ${now}, IsOffline = ${false}
      WHERE OctopusServerNodeId = ${id} AND EXISTS (SELECT 1 FROM dbo.OctopusServerNode WHERE Id = ${id})`,
  });

  return {
    async start(signal: AbortSignal): Promise<void> {
      await octopus.change([...join(), recordVersion()], signal);
    },
    /** A node that misses its row adds itself again: deleting a live node does nothing lasting. */
    async beat(signal: AbortSignal): Promise<void> {
      const { applied } = await octopus.change([heartbeat()], signal);
      if (!applied) await octopus.change(join(), signal);
    },
    /** The last thing a node does at a clean stop. */
    async leave(signal: AbortSignal): Promise<void> {
      const flag = sql`UPDATE dbo.OctopusServerNodeStatus SET IsOffline = ${true} WHERE OctopusServerNodeId = ${id}`;
      await octopus.change([any(flag)], signal);
    },
  };
}

const any = (query: Change['query']): Change => ({ query, expects: 'any' });
