import { sql } from 'kysely';
import * as z from 'zod/mini';
import { parseJson } from '../../cluster/json.js';
import type { Question } from '../database.js';

const row = z.object({ json: z.nullable(z.string()) });
const configuration = z.object({ IsInMaintenanceMode: z.boolean() });

/** Whether the whole cluster is in Maintenance Mode, which is not a node's drain; `null` where that is not told. */
export const maintenanceMode: Question<boolean | null> = {
  ask: () => sql`SELECT c.JSON AS json FROM dbo.Configuration AS c WHERE c.Id = 'maintenance'`,
  answer([first]) {
    if (first === undefined) return null;
    const { json } = row.parse(first);
    const parsed = configuration.safeParse(parseJson(json ?? ''));
    return parsed.success ? parsed.data.IsInMaintenanceMode : null;
  },
};
