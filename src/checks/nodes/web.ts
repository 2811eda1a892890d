import type { Node } from '../../cluster/node.js';
import { fail, type NodeCheck, pass, skip, type Verdict, warn } from '../check.js';
import { statusCheck, webCheck } from '../kinds.js';
import type { Web, World } from '../world.js';

const ping: NodeCheck & { judge(web: Web, node: Node): Verdict } = {
  kind: 'node',
  from: 'admin',
  id: 'nodes/ping',
  title: 'the node answers its own ping',
  why: 'The load balancer decides by it: 200 is in service, 418 is draining, and anything else is out. It must name the node that was asked.',
  cure: {
    text: "Look at the node's log; where another node or a redirect answers, correct its web address or the listen prefixes.",
    commands: ['octo-ha node show NODE'],
  },
  needs: ['network/web-port'],
  async run(world: World, node: Node, signal: AbortSignal) {
    const web = await world.web(node, signal);
    if (web === undefined) return skip(`the web address of ${node.name} is not known`);
    return this.judge(web, node);
  },
  judge({ url, ping: answer }) {
    const evidence = { url };
    switch (answer.kind) {
      case 'answered':
        return pass({ ...evidence, draining: answer.draining });
      case 'not-asked':
        return skip(answer.why);
      case 'unreachable':
      case 'unclear':
        return fail(answer.why, { evidence });
      default:
        return answer satisfies never;
    }
  },
};

const agrees = webCheck({
  id: 'nodes/ping-agrees',
  title: "the node's ping and its drain flag agree",
  why: 'A node that does not follow its flag is on another database, or does not read it.',
  cure: {
    text: 'Wait a minute and look again; then compare the database in the configuration of that node.',
    commands: ['octo-ha doctor nodes/database'],
  },
  judge({ ping: answer }, node): Verdict {
    if (answer.kind !== 'answered') return skip('its ping does not tell');
    if (answer.draining === node.draining) return pass();
    return warn(`its flag says ${said(node.draining)}, and its ping says ${said(answer.draining)}`);
  },
});

const said = (draining: boolean): string => (draining ? 'draining' : 'in service');

const runsInstalled = webCheck({
  id: 'nodes/runs-installed-version',
  title: 'the node runs the version that the database knows',
  why: 'A node that was updated alone, or not started anew after an update, runs against a schema that is not its own.',
  cure: {
    text: 'Restart the node, or install the version of the cluster on it.',
    commands: ['octo-ha node restart NODE'],
  },
  judge({ version }, node): Verdict {
    if (version === null || node.version === null) return skip('its version is not told in both places');
    return version === node.version
      ? pass({ version })
      : fail(`it runs ${version}, and the database knows ${node.version}`);
  },
});

export const webChecks = [ping, agrees, runsInstalled] as const;

/** Releases with a known defect that hurts clusters. A version is compared part by part, `from` included, `below` not. */
const advisories: readonly { from: string; below: string; what: string }[] = [
  { from: '2020.3.1', below: '2020.5.379', what: 'health checks run once for each node (issue 6814)' },
  { from: '2023.3.0', below: '2023.3.13026', what: 'a task can run on two nodes (issue 8356)' },
  {
    from: '2021.3.0',
    below: '2025.3.10568',
    what: 'node --drain --wait ends early after 5 minutes (issue 9561); octo-ha waits by itself',
  },
];

export function compareVersions(a: string, b: string): number {
  const parts = (version: string) => version.split(/[.+-]/).map((part) => Number.parseInt(part, 10) || 0);
  const [left, right] = [parts(a), parts(b)];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

export const knownDefects = statusCheck({
  id: 'cluster/known-defects',
  title: 'this version has no known defect that hurts clusters',
  why: "From Octopus' public issues.",
  cure: { text: 'Upgrade when it can be arranged: https://octopus.com/docs/administration/upgrading' },
  judge({ cluster: { version } }): Verdict {
    if (version === null) return skip('the database does not tell the version');
    const met = advisories.filter(
      ({ from, below }) => compareVersions(version, from) >= 0 && compareVersions(version, below) < 0,
    );
    return met.length === 0 ? pass({ version }) : warn(`${version}: ${met.map(({ what }) => what).join('; ')}`);
  },
});
