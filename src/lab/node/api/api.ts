import type { ReceivedRequest, ServedAnswer } from '../../../ports/http-server.js';
import type { OctopusDatabase } from '../../octopus-database.js';
import { refusal } from '../json-answer.js';
import type { Route } from './call.js';
import { keptRoutes } from './kept.js';
import { nodeRoutes } from './nodes.js';
import { serverRoutes } from './server.js';
import { taskRoutes } from './tasks.js';

export interface ApiSite {
  readonly octopus: OctopusDatabase;
  /** The key of the lab's one administrator; without it nobody is let in. */
  apiKey(): Promise<string | undefined>;
}

/** The first that fits answers, so a fixed name goes before an Id. */
const routes: readonly Route[] = [...nodeRoutes, ...taskRoutes, ...serverRoutes, ...keptRoutes];

const patterns = routes.map((route) => ({
  route,
  pattern: new RegExp(`^/api/${route.path.replace('{id}', '(?<id>[^/]+)')}/?$`, 'i'),
}));

/** Octopus' REST API, as far as octo-ha asks for it. */
export async function answerApi(
  { method, target, headers, body }: ReceivedRequest,
  { octopus, apiKey }: ApiSite,
): Promise<ServedAnswer> {
  const given = headers['x-octopus-apikey'];
  if (!given) return refusal(401, 'You must be logged in to request this resource. Please log in first.');
  if (given !== (await apiKey())) return refusal(401, 'The API key you provided was not valid.');

  const [path = '', query = ''] = target.split(/\?(.*)/s);
  const fitting = patterns.flatMap(({ route, pattern }) => {
    const match = pattern.exec(path);
    return match ? [{ route, id: match.groups?.['id'] ?? '' }] : [];
  });
  const chosen = fitting.find(({ route }) => route.method === method);
  if (chosen === undefined) {
    return fitting.length === 0
      ? refusal(404, 'The resource you requested was not found.')
      : refusal(405, `The resource does not support ${method}.`);
  }
  const id = decoded(chosen.id);
  if (id === undefined) return refusal(400, 'The path of the request is not well formed.');
  return await chosen.route.answer({ octopus, query: new URLSearchParams(query), body, id });
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
