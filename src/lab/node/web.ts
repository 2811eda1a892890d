import type { Clock } from '../../ports/clock.js';
import type { ReceivedRequest, ServedAnswer } from '../../ports/http-server.js';
import { nodeId } from '../record.js';
import { type ApiSite, answerApi } from './api/api.js';
import { json } from './json-answer.js';
import type { NodeView } from './octopus-node.js';
import type { NodeSettings } from './settings.js';

export interface WebSite {
  readonly settings: NodeSettings;
  readonly view: NodeView;
  readonly clock: Clock;
  readonly api: ApiSite;
}

type Page = (site: WebSite, request: ReceivedRequest) => ServedAnswer | Promise<ServedAnswer>;

/** What a node answers to anybody, by path. Anything else is the API, or a page that names the node. */
const pages: Readonly<Record<string, Page>> = {
  '/api/octopusservernodes/ping': ping,
  '/api': root,
  '/api/serverstatus/hosted/internal': () => ({ status: 200, body: '' }),
  '/slow': slow,
};

export async function answerRequest(request: ReceivedRequest, site: WebSite): Promise<ServedAnswer> {
  const path = request.target.replace(/[?#].*$/s, '').replace(/(?<=.)\/$/, '');
  const answer = await (pages[path.toLowerCase()] ?? (/^\/api\//i.test(path) ? api : anyPage))(site, request);
  return { ...answer, headers: { 'Octopus-Node': site.settings.name, ...answer.headers } };
}

/** 418 when the node drains or goes offline: https://octopus.com/docs/octopus-rest-api */
function ping({ settings: { name, version }, view }: WebSite): ServedAnswer {
  const { draining, offline, cap, lastSeen } = view;
  const id = nodeId(name);
  return json(draining || offline ? 418 : 200, {
    Id: id,
    Name: name,
    IsInMaintenanceMode: draining,
    IsOffline: offline,
    LastSeen: lastSeen,
    MaxConcurrentTasks: cap,
    Version: version,
    Links: { Self: `/api/octopusservernodes/${id}` },
  });
}

function root({ settings: { version, installationId } }: WebSite): ServedAnswer {
  return json(200, {
    Application: 'Octopus Deploy',
    Version: version,
    ApiVersion: '3.0.0',
    InstallationId: installationId,
    Links: { Self: '/api' },
  });
}

const api: Page = (site, request) => answerApi(request, site.api);

/** Answers after `?ms=`, for requests that are under way when something happens. */
async function slow(site: WebSite, { target }: ReceivedRequest): Promise<ServedAnswer> {
  const milliseconds = Number(/[?&]ms=(\d{1,7})(&|$)/.exec(target)?.[1] ?? 0);
  await site.clock.sleep(milliseconds, endless);
  return anyPage(site);
}

/** A clean stop lets requests finish. */
const endless = new AbortController().signal;

const anyPage = ({ settings: { name } }: WebSite): ServedAnswer => ({
  status: 200,
  headers: { 'Content-Type': 'text/html; charset=utf-8' },
  body: `<!doctype html>\n<title>Octopus lab</title>\n<p>This is ${name}, a simulated node.\n`,
});
