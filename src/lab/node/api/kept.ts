import { sql } from 'kysely';
import * as z from 'zod/mini';
import { json, refusal } from '../json-answer.js';
import { parseBody, type Route, toItsEnd } from './call.js';

const row = z.object({ json: z.string() });

/** What Octopus tells of itself and a lab keeps as it is, by path: a row of `Configuration` of that Id each. */
export const keptAnswers = {
  'configuration/server-folders/values': 'server-folders',
  serverconfiguration: 'server-configuration',
  'serverstatus/health': 'server-health',
  'licenses/licenses-current-status': 'licence-status',
  scheduler: 'scheduler',
  'machines/all': 'machines',
  'workers/all': 'workers',
} as const satisfies Record<string, string>;

export type KeptAnswer = (typeof keptAnswers)[keyof typeof keptAnswers];

/** One that is not there is answered as by a version of Octopus that does not know it. */
export const keptRoutes: readonly Route[] = Object.entries(keptAnswers).map(([path, id]) => ({
  method: 'GET',
  path,
  async answer({ octopus }) {
    const [[found] = []] = await octopus.read(
      [sql`SELECT JSON AS json FROM dbo.Configuration WHERE Id = ${id}`],
      toItsEnd,
    );
    if (found === undefined) return refusal(404, 'The resource you requested was not found.');
    return json(200, parseBody(row.parse(found).json));
  },
}));
