import { counted } from '../../cluster/counted.js';
import { formatDuration } from '../../cluster/duration.js';
import { type Node, nodeKey, servesWeb } from '../../cluster/node.js';
import type { BalancerTiming } from '../../load-balancer/balancer.js';
import { type ClusterCheck, fail, type Judging, pass, skip, type Verdict, warn } from '../check.js';
import { ours } from '../limits.js';
import { endpointOf, reaching } from '../network/web.js';
import { answersByNode, answersId, isSilent, notKnown, notThrough, type Sample, sampled } from './samples.js';

export const balancerReachable: ClusterCheck = {
  kind: 'cluster',
  id: 'load-balancer/reachable',
  title: "the load balancer's port is open",
  why: 'Users, scripts and Tentacles see the cluster through it; while it is down nothing else is seen of it.',
  cure: { text: 'Start the load balancer, or correct balancerUrl in the context.' },
  async run(world, signal) {
    const url = await world.balancer(signal);
    if (url === undefined) return skip(notKnown);
    if (!URL.canParse(url)) return fail(`${url} is no web address`);
    const { host, port } = endpointOf(url);
    return await reaching(async () => {
      await world.network.connect(host, port, signal);
      return pass({ host, port });
    });
  },
};

interface Traffic {
  readonly samples: readonly Sample[];
  readonly nodes: readonly Node[];
  readonly times: BalancerTiming;
}

const trafficCheck = (
  check: Omit<ClusterCheck, 'kind' | 'run' | 'needs'> & { judge(traffic: Traffic, judging: Judging): Verdict },
): ClusterCheck & typeof check => ({
  needs: ['load-balancer/reachable', 'database/reachable'],
  ...check,
  kind: 'cluster',
  async run(world, signal) {
    const url = await world.balancer(signal);
    if (url === undefined) return skip(notKnown);
    // How the nodes stand is looked at first: a drain that begins meanwhile is no finding.
    const { nodes, at } = await world.status(signal);
    const samples = await sampled(world, url, signal);
    if (check.id !== answersId && isSilent(samples)) return skip(notThrough);
    const times = await world.balancerTimes(signal);
    return check.judge({ samples, nodes, times }, { limits: world.limits, now: at });
  },
});

const answers = trafficCheck({
  id: answersId,
  title: 'every request through the load balancer is answered by a node in service',
  why: 'An answer of 5xx is a back end that is down and still in the pool; 418 is a drained one that still gets requests; 404 another site.',
  cure: {
    text: 'Let the balancer check GET /api/octopusservernodes/ping and take 200 only for healthy.',
    commands: ['octo-ha lb render', 'octo-ha lb verify'],
  },
  judge({ samples }) {
    const bad = samples.filter(({ status }) => status !== 200 && status !== 429);
    if (bad.length === 0) return pass({ requests: samples.length });
    const silent = bad.filter(({ status }) => status === 0);
    const statuses = [...new Set(bad.map(({ status }) => status).filter((status) => status !== 0))].sort();
    const of = counted(samples.length, 'request');
    return fail(
      [
        ...(statuses.length > 0
          ? [`${bad.length - silent.length} of ${of} were answered with ${statuses.join(', ')}`]
          : []),
        ...(silent.length > 0 ? [`${silent.length} of ${of} got no answer${whyOf(silent)}`] : []),
      ].join(', '),
    );
  },
});

const whyOf = ([first]: readonly Sample[]): string => (first?.why === undefined ? '' : `: ${first.why}`);

const everyNode = trafficCheck({
  id: 'load-balancer/every-node',
  title: 'every node in service gets requests',
  why: 'A node that was added and never put into the pool, or that the balancer takes for down, carries nothing when another fails.',
  cure: {
    text: 'Add it to the pool; see what the balancer says of its health check.',
    commands: ['octo-ha lb render', 'octo-ha lb verify'],
  },
  judge({ samples, nodes }) {
    const counts = answersByNode(samples);
    if (counts.size === 0) return skip('no answer names its node');
    const evidence = { requests: [...counts].map(([name, times]) => `${name}: ${times}`) };
    const unseen = nodes.filter((node) => servesWeb(node) && !counts.has(nodeKey(node.name))).map(({ name }) => name);
    if (unseen.length === 0) return pass(evidence);
    return fail(`no request of ${samples.length} came to ${unseen.join(', ')}`, { evidence });
  },
});

const drainedLeftOut = trafficCheck({
  id: 'load-balancer/drained-left-out',
  title: 'no drained node gets requests',
  why: 'A balancer that checks the port, or takes 418 for healthy, sends users to a node that is about to stop.',
  cure: {
    text: 'Let the balancer check GET /api/octopusservernodes/ping and take 200 only for healthy.',
    commands: ['octo-ha lb render'],
  },
  judge({ samples, nodes, times: { outAfter } }, { now }) {
    const drained = nodes.filter(({ draining, state }) => draining && state !== 'stale');
    if (drained.length === 0) return skip('no node is drained at this moment');
    const counts = answersByNode(samples);
    const served = drained.filter(({ name }) => counts.has(nodeKey(name)));
    if (served.length === 0) return pass({ drained: drained.map(({ name }) => name) });
    const since = ({ hold }: Node) => (hold === null ? Number.POSITIVE_INFINITY : now.getTime() - hold.since.getTime());
    const late = served.filter((node) => since(node) >= outAfter);
    if (late.length > 0) return fail(`requests came to ${late.map(({ name }) => name).join(', ')}, drained`);
    const names = served.map((node) => `${node.name} is drained for ${formatDuration(Math.max(0, since(node)))}`);
    return warn(`${names.join(', ')} and gets requests; the balancer may take ${formatDuration(outAfter)} to notice`);
  },
});

const fair = trafficCheck({
  id: 'load-balancer/fair',
  title: 'requests are spread over the nodes',
  why: 'Octopus recommends round robin or the like; a node that gets nearly everything is the whole cluster.',
  cure: { text: 'Choose round robin or least connections, with equal weights.' },
  judge({ samples, nodes }, { limits }) {
    const counts = answersByNode(samples);
    const serving = nodes.filter((node) => servesWeb(node) && counts.has(nodeKey(node.name)));
    if (serving.length < 2) return skip('fewer than two nodes answered');
    const share = samples.length / serving.length;
    const least = serving.filter(({ name }) => (100 * (counts.get(nodeKey(name)) ?? 0)) / share < limits.balancerShare);
    if (least.length === 0) return pass({ requests: [...counts].map(([name, times]) => `${name}: ${times}`) });
    const words = least.map(({ name }) => `${name} got ${counts.get(nodeKey(name))} of ${samples.length}`);
    return warn(`${words.join(', ')} ${ours(limits, 'balancerShare')}`);
  },
});

const affinity =
  /^(arraffinity|awsalb|awselb|serverid|srv|bigipserver|route|sticky|jsessionid|gclb|applicationgatewayaffinity|lb)/i;

/** Fewer may come to one node by chance. */
const enoughToTell = 10;

const notSticky = trafficCheck({
  id: 'load-balancer/not-sticky',
  title: 'the load balancer does not tie users to a node',
  why: 'Octopus needs no sticky sessions. With them the users of a node that is taken out are the last to notice a better one.',
  cure: { text: 'Turn session affinity off.' },
  judge({ samples, nodes }) {
    const cookies = [...new Set(samples.flatMap((sample) => sample.cookies))].filter((name) => affinity.test(name));
    if (cookies.length > 0) return warn(`it sets the cookie ${cookies.join(', ')}`, { evidence: { cookies } });
    const answered = [...answersByNode(samples).keys()];
    const others = nodes.filter((node) => servesWeb(node) && !answered.includes(nodeKey(node.name)));
    if (answered.length !== 1 || others.length === 0 || samples.length < enoughToTell) return pass();
    const names = others.map(({ name }) => name).join(', ');
    return warn(
      `every request from this machine came to ${answered[0]}: by its address, unless ${names} ${others.length > 1 ? 'are' : 'is'} out of the pool`,
    );
  },
});

const notLimited = trafficCheck({
  id: 'load-balancer/not-rate-limited',
  title: 'pings are not rate limited',
  why: "With Octopus' rate limiting (2026.3) and no trusted proxies everybody comes from the balancer's address: its own health checks are refused.",
  cure: {
    text: 'Set trusted proxies, or raise the limit for requests without a login: Configuration ➜ Settings ➜ Web Portal.',
  },
  judge({ samples }) {
    const limited = samples.filter(({ status }) => status === 429).length;
    return limited === 0
      ? pass({ requests: samples.length })
      : fail(`${limited} of ${samples.length} pings were answered with 429`);
  },
});

export const trafficChecks = [answers, everyNode, drainedLeftOut, fair, notSticky, notLimited] as const;
