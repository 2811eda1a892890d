import { sql } from 'kysely';
import * as z from 'zod/mini';
import type { OctopusDatabase } from '../../octopus-database.js';
import { json, refusal } from '../json-answer.js';
import { parseBody, type Route, toItsEnd } from './call.js';

const row = z.object({ json: z.string() });

/** What Octopus tells of itself and a lab keeps as it is, by path: a row of `Configuration` of that Id each. */
export const keptAnswers = {
  'configuration/server-folders/values': 'server-folders',
  serverconfiguration: 'server-configuration',
  'serverstatus/health': 'server-health',
  'serverstatus/logs': 'server-logs',
  'serverstatus/redis': 'redis-status',
  'licenses/licenses-current-status': 'licence-status',
  scheduler: 'scheduler',
  'machines/all': 'machines',
  'workers/all': 'workers',
} as const satisfies Record<string, string>;

/** Parts of answers that tell more besides, which are kept likewise. */
type KeptPart = 'server-status' | 'connection-pool';

export type Kept = (typeof keptAnswers)[keyof typeof keptAnswers] | KeptPart;

/** `undefined` for what is not there. */
async function kept({ read }: OctopusDatabase, id: Kept): Promise<unknown> {
  const [[found] = []] = await read([sql`SELECT JSON AS json FROM dbo.Configuration WHERE Id = ${id}`], toItsEnd);
  return found === undefined ? undefined : parseBody(row.parse(found).json);
}

const part = z.catch(z.record(z.string(), z.unknown()), {});

export const keptPart = async (octopus: OctopusDatabase, id: KeptPart) => part.parse(await kept(octopus, id));

const health = z.object({ IsOperatingNormally: z.boolean() });

/** Octopus tells by 418 that it does not operate normally, and in the body how: https://octopus.com/docs/octopus-rest-api */
const statusOf = (id: Kept, answer: unknown): number =>
  id === 'server-health' && health.safeParse(answer).data?.IsOperatingNormally === false ? 418 : 200;

/** One that is not there is answered as by a version of Octopus that does not know it. */
export const keptRoutes: readonly Route[] = Object.entries(keptAnswers).map(([path, id]) => ({
  method: 'GET',
  path,
  async answer({ octopus }) {
    const answer = await kept(octopus, id);
    if (answer === undefined) return refusal(404, 'The resource you requested was not found.');
    return json(statusOf(id, answer), answer);
  },
}));
