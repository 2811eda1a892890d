import { sql } from 'kysely';
import * as z from 'zod/mini';
import type { OctopusDatabase } from '../../octopus-database.js';
import { json, refusal } from '../json-answer.js';
import { parseBody, type Route, toItsEnd } from './call.js';
import { keptPart } from './kept.js';

const configurationRow = z.object({ json: z.string() });
const maintenance = z.object({ IsInMaintenanceMode: z._default(z.boolean(), false) });

/** The cluster's own maintenance mode, which is not the drain of a node. */
async function inMaintenance(octopus: OctopusDatabase): Promise<boolean> {
  const [[row] = []] = await octopus.read(
    [sql`SELECT JSON AS json FROM dbo.Configuration WHERE Id = 'maintenance'`],
    toItsEnd,
  );
  return row !== undefined && maintenance.parse(JSON.parse(configurationRow.parse(row).json)).IsInMaintenanceMode;
}

const configuration = (IsInMaintenanceMode: boolean) => ({
  Id: 'maintenance',
  IsInMaintenanceMode,
  Links: { Self: '/api/maintenanceconfiguration' },
});

export const serverRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: 'serverstatus',
    answer: async ({ octopus }) =>
      json(200, {
        IsDatabaseEncrypted: true,
        IsUpgradeAvailable: false,
        IsMajorMinorUpgrade: false,
        IsInMaintenanceMode: await inMaintenance(octopus),
        IsPotentialClone: false,
        ...(await keptPart(octopus, 'server-status')),
        Links: { Self: '/api/serverstatus' },
      }),
  },
  {
    method: 'GET',
    path: 'maintenanceconfiguration',
    answer: async ({ octopus }) => json(200, configuration(await inMaintenance(octopus))),
  },
  {
    method: 'PUT',
    path: 'maintenanceconfiguration',
    async answer({ octopus, body }) {
      const { data, success } = maintenance.safeParse(parseBody(body));
      if (!success) return refusal(400, 'The request is no maintenance configuration.');
      const query = sql`UPDATE dbo.Configuration SET JSON = ${JSON.stringify(data)} WHERE Id = 'maintenance'`;
      await octopus.change([{ query, expects: 1 }], toItsEnd);
      return json(200, configuration(await inMaintenance(octopus)));
    },
  },
];
