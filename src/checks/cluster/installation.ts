import { nodeKey } from '../../cluster/node.js';
import { maintenanceMode } from '../../database/queries/maintenance-mode.js';
import { Failure } from '../../errors.js';
import { type ClusterCheck, fail, pass, skip, type Verdict, warn } from '../check.js';
import { answered } from '../kinds.js';
import { request } from '../load-balancer/samples.js';

const maintenance: ClusterCheck & { judge(on: boolean | null): Verdict } = {
  kind: 'cluster',
  id: 'cluster/maintenance-mode',
  title: 'the cluster is not in Maintenance Mode',
  why: 'Maintenance Mode is for the whole cluster and is not a drain: nobody but administrators can deploy. It is easily forgotten after an upgrade.',
  cure: { text: 'End it: Configuration ➜ Maintenance.' },
  needs: ['database/reachable'],
  async run(world, signal) {
    return await answered('SELECT on dbo.Configuration', async () =>
      this.judge(await world.ask(maintenanceMode, signal)),
    );
  },
  judge(on) {
    if (on === null) return skip('the database does not tell');
    return on ? warn('Maintenance Mode is on') : pass();
  },
};

interface Installations {
  /** Installation ids by who told them. */
  readonly told: ReadonlyMap<string, string>;
}

const oneInstallation: ClusterCheck & { judge(facts: Installations): Verdict } = {
  kind: 'cluster',
  id: 'cluster/one-installation',
  title: 'nodes and load balancer belong to one installation',
  why: 'A node on a copy of the database, or a balancer that points at a test instance, answers like the real one.',
  cure: {
    text: 'Compare the database in the configuration of the odd one, and the pool of the balancer.',
    commands: ['octo-ha doctor nodes/database'],
  },
  needs: ['nodes/ping'],
  async run(world, signal) {
    const { nodes } = await world.status(signal);
    const told = new Map<string, string>();
    for (const node of nodes.filter(({ state }) => state !== 'stale' && state !== 'offline')) {
      const web = await world.web(node, signal).catch(unlessKnown);
      if (web?.installationId) told.set(node.name, web.installationId);
    }
    const url = await world.balancer(signal);
    if (url !== undefined && URL.canParse(url)) {
      const target = new URL('api', url.endsWith('/') ? url : `${url}/`).href;
      const answer = await world.http.send(request(world, target), signal).catch(unlessKnown);
      const id = installationIn(answer?.body ?? '');
      if (id !== undefined) told.set('the load balancer', id);
    }
    return this.judge({ told });
  },
  judge({ told }) {
    if (told.size < 2) return skip(`${told.size} of them told an installation id; there is nothing to compare`);
    const evidence = { installations: [...told].map(([name, id]) => `${name}: ${id}`) };
    const ids = new Set([...told.values()].map(nodeKey));
    return ids.size === 1 ? pass(evidence) : fail(evidence.installations.join(', '), { evidence });
  },
};

const unlessKnown = (error: unknown): undefined => {
  if (error instanceof Failure && error.kind === 'unreachable') return undefined;
  throw error;
};

function installationIn(body: string): string | undefined {
  try {
    const told = JSON.parse(body) as { InstallationId?: unknown } | null;
    return typeof told?.InstallationId === 'string' ? told.InstallationId : undefined;
  } catch {
    return undefined;
  }
}

export const installationChecks = [maintenance, oneInstallation] as const;
