import { checks } from '../../checks/index.js';
import type { Outcome } from '../../checks/outcome.js';
import { isProblem } from '../../checks/outcome.js';
import { isAtOrAbove, summed } from '../../checks/report.js';
import { sameChecks, selectChecks } from '../../checks/select.js';
import type { World } from '../../checks/world.js';
import { Failure, unlessFailure } from '../../errors.js';
import { doctorJson } from '../../render/doctor/json.js';
import { verifyJson, verifyText } from '../../render/verify-text.js';
import { diagnose, replaced } from '../../setup/diagnose.js';
import { untilWell } from '../../setup/until-well.js';
import { counting, isOfBalancer, sharesOf } from '../../setup/verify-balancer.js';
import { worldOf } from '../../setup/world-of.js';
import { command } from '../command.js';
import { declaredFrom, limitsFrom, suppressionsFrom, suppressionsOption } from '../doctor-options.js';
import { choice, duration, list, text, whole } from '../options.js';

/** Checks side by side; few, since most of them speak to the same balancer. */
const jobs = 4;
const deadline = 20_000;

export const lbVerify = command({
  name: 'lb verify',
  summary: 'Prove what the load balancer does, by asking through it',
  description:
    'Runs the checks of doctor that are about the load balancer and its certificate, against --url or the address that ' +
    'is known, and shows which node answered how often. It changes nothing and drains nothing. Each time it looks, it ' +
    'sends the pings that --requests says and at most a dozen requests more; how many it were stands in the last line. ' +
    'What was put aside for doctor is put aside here too. ' +
    'Drain a node, and --wait looks again until the balancer has noticed.',
  args: [],
  options: {
    url: text('URL', "the load balancer's web address (default: the one that is known)"),
    requests: whole(40, { least: 1, most: 1_000 }, 'pings to send'),
    slowPath: text('PATH', 'a path that takes long to be answered: shows how long the balancer waits'),
    wait: duration(undefined, 'look again at what is wrong for so long, until it is well'),
    failOn: choice(['warn', 'fail', 'never'], 'fail', 'exit 4 from here on (default fail); unknown counts as fail'),
    suppressions: suppressionsOption,
    limit: list('NAME=VALUE', "another value for a limit of octo-ha's own; can be repeated"),
  },
  examples: [
    ['octo-ha lb verify --url https://octopus.example.com', 'Which nodes answer, and what it lets through.'],
    ['octo-ha lb verify --wait 30s', 'After a drain: until nothing comes to the drained node.'],
    ['octo-ha lb verify --slow-path /api/SLOW --limit longRequest=5m', 'How long it waits.'],
  ],
  async run({ url: given, requests, slowPath, wait, failOn, limit, suppressions: file }, context) {
    if (given !== undefined && !/^https?:\/\/[^/]/i.test(given)) {
      throw new Failure('usage', `${given} is no web address`, { hint: 'Write it like https://octopus.example.com.' });
    }
    if (slowPath !== undefined && !slowPath.startsWith('/')) {
      throw new Failure('usage', `${slowPath} is no path`, { hint: 'It begins with a slash.' });
    }
    const { clock, signal, terminal } = context;
    const cluster = await context.cluster();
    const local = (await context.configuration()).contexts[cluster.context]?.doctor;
    const limits = { ...limitsFrom(local, limit), balancerRequests: requests };
    const written = await suppressionsFrom(local, file, context.files);
    const newWorld = (observed: Pick<World, 'http' | 'network'>, balancerUrl: string | undefined): World =>
      worldOf({
        ...{ cluster: { ...cluster, http: observed.http, ...(balancerUrl === undefined ? {} : { balancerUrl }) } },
        ...{ network: observed.network, limits, declared: declaredFrom(local), octopus: undefined, deadline, signal },
        ...{ sharedFolders: local?.sharedFolders ?? [], slowPath: slowPath ?? local?.slowPath },
      });

    const plain = { http: cluster.http, network: context.network };
    const known = newWorld(plain, undefined);
    const url = given ?? (await known.balancer(signal));
    // It may be kept with the cluster; where that cannot be read, this says why.
    if (url === undefined) await known.own(signal);
    if (url === undefined || !URL.canParse(url)) {
      throw new Failure('usage', "the load balancer's web address is not known", {
        hint: 'Name it with --url, or as balancerUrl in the context.',
      });
    }
    const { sent, ...counted } = counting(plain, url);
    const begun = clock.now();
    let world = newWorld(counted, url);
    const words = checks.filter(isOfBalancer).map(({ id }) => id);
    // What is said of other checks is doctor's to judge.
    const suppressions = written?.filter(({ check }) => words.some((id) => id === check));
    const selection = selectChecks(checks, { words, tag: undefined, required: [] });
    const diagnosing = {
      clock,
      signal,
      jobs,
      deadline,
      known: checks,
      required: [],
      from: undefined,
      suppressions,
    };
    let outcomes = await diagnose(world, { ...diagnosing, selection });
    const again = async (some: readonly Outcome[]) => {
      world = newWorld(counted, url);
      outcomes = replaced(outcomes, await diagnose(world, { ...diagnosing, selection: sameChecks(checks, some) }));
      return outcomes;
    };
    if (wait !== undefined) {
      const patience = { until: begun + wait, clock, tell: (line: string) => terminal.say(line) };
      outcomes = await untilWell(outcomes, again, patience, signal);
    }

    const look = await world.status(signal).catch(unlessFailure(signal));
    const isOpen = outcomes.some(({ check, status }) => check.id === 'load-balancer/reachable' && status === 'pass');
    const shares = isOpen ? await sharesOf(world, url, signal) : undefined;
    const report = {
      ...summed(outcomes),
      ...{ at: new Date(begun), durationMs: clock.now() - begun, cluster: look?.cluster ?? null },
      ...{ nodes: look?.nodes ?? [], balancer: url, storage: [], history: [], changes: null },
    };
    const verified = { url, report, shares, sent };
    return {
      json: { ...verifyJson(verified), ...doctorJson(report) },
      text: verifyText(verified, terminal.out),
      names: [...new Set(outcomes.filter(isProblem).map(({ check }) => check.id))],
      ...(isAtOrAbove(report.verdict, failOn) ? { ends: 'unhealthy' as const } : {}),
    };
  },
});
