import { checks } from '../checks/index.js';
import { isProblem, type Outcome } from '../checks/outcome.js';
import { compare, isAtOrAbove, type Report, summed } from '../checks/report.js';
import { type Selection, sameChecks, selectChecks } from '../checks/select.js';
import type { World } from '../checks/world.js';
import { Failure, unlessFailure } from '../errors.js';
import { findNode } from '../operations/find-node.js';
import { endingOf } from '../render/doctor/formats.js';
import { checkListJson, doctorJson, outcomeJson } from '../render/doctor/json.js';
import { checkListText, doctorText } from '../render/doctor/text.js';
import { type Diagnosing, diagnose, replaced } from '../setup/diagnose.js';
import { keepRun, pastRuns } from '../setup/past-runs.js';
import { untilWell } from '../setup/until-well.js';
import { command, type Result } from './command.js';
import type { Context } from './context.js';
import { doctorOptions, suppressionsFrom } from './doctor-options.js';
import { observing } from './observing.js';

export const doctor = command({
  name: 'doctor',
  summary: 'Find what is wrong, and say how to mend it',
  description:
    'Looks at database, storage, nodes, network, certificates, load balancer, Tentacles, licence and backups, from this ' +
    'machine and on each node, and changes nothing. Names of checks or subjects run those only. What could not be ' +
    'looked at is skipped with the reason, and never counts as passed. With --probe, files are also written into the ' +
    'shared folder, locked, read back by every node, and removed.',
  args: ['[check...]'],
  options: doctorOptions,
  examples: [
    ['octo-ha doctor', 'Everything; one line where all is well.'],
    ['octo-ha doctor storage nodes/clock', 'A subject and a check.'],
    ['octo-ha doctor --tag slow-deployments', 'The likeliest cause first.'],
    ['octo-ha doctor --report doctor.html --report doctor.junit.xml', 'Reports from the same run.'],
    ['octo-ha doctor --diff --fail-on warn', 'What is new since the last run.'],
  ],
  async run(input, context) {
    const selection = selectChecks(checks, { words: input.check, tag: input.tag, required: input.require });
    if (input.list) return listing(selection, context);

    const { globals, terminal, clock, identity, signal } = context;
    if (input.fix && !terminal.interactive && !globals.yes && !globals.dryRun) {
      throw new Failure('refused', '--fix asks before each remedy, and nobody can be asked here', {
        hint: 'Add --yes to apply them, or --dry-run to see them.',
      });
    }
    const cluster = await context.cluster();
    const local = (await context.configuration()).contexts[cluster.context]?.doctor;
    const suppressions = await suppressionsFrom(local, input.suppressions, context.files);
    await using worlds = await observing(context, { ...input, deadline: input.checkDeadline, probing: input.probe });
    const streams = globals.output === 'ndjson';
    const diagnosing: Diagnosing = {
      ...{ selection, suppressions, clock, signal, known: checks, jobs: input.jobs, required: input.require },
      deadline: input.checkDeadline,
      from: input.from.length === 0 || input.from.includes('all') ? undefined : input.from,
      // What is looked at again is told when that is over.
      ...(streams && input.wait === undefined && !input.fix
        ? { onOutcome: (outcome) => terminal.result(JSON.stringify(outcomeJson(outcome))) }
        : {}),
    };

    const begun = clock.now();
    let world = worlds.fresh();
    await knowPlaces(diagnosing.from, world, signal);
    let outcomes = await diagnose(world, diagnosing);
    const again = async (some: readonly Outcome[]) => {
      world = worlds.fresh();
      outcomes = replaced(outcomes, await diagnose(world, { ...diagnosing, selection: sameChecks(checks, some) }));
      return outcomes;
    };
    if (input.wait !== undefined) {
      const patience = { until: begun + input.wait, clock, tell: (line: string) => terminal.say(line) };
      outcomes = await untilWell(outcomes, again, patience, signal);
    }
    if (input.fix) {
      const fixed = await applyFixes(outcomes, context);
      if (fixed.length > 0) await again(fixed);
    }

    const asked = selectionInWords(input);
    const history = await pastRuns(cluster, asked, signal);
    const look = await world.status(signal).catch(unlessFailure(signal));
    const report: Report = {
      ...summed(outcomes),
      at: new Date(begun),
      durationMs: clock.now() - begun,
      cluster: look?.cluster ?? null,
      nodes: look?.nodes ?? [],
      balancer: (await world.balancer(signal).catch(unlessFailure(signal))) ?? null,
      storage: await world.sharedFolders(signal),
      history,
      changes: input.diff && history[0] !== undefined ? compare(outcomes, history[0]) : null,
    };
    if (input.diff && history[0] === undefined)
      terminal.say('there is no earlier run of this selection to compare with');
    const notKept = await keepRun(cluster, { identity, selection: asked, report }, signal);
    if (notKept !== undefined && (input.diff || globals.verbose)) terminal.warn(`this run is not kept: ${notKept}`);
    await writeReports(input.report, report, context);

    const ends = isAtOrAbove(report.verdict, input.failOn) ? { ends: 'unhealthy' as const } : {};
    if (streams) {
      if (diagnosing.onOutcome === undefined)
        for (const outcome of outcomes) terminal.result(JSON.stringify(outcomeJson(outcome)));
      return { json: { verdict: report.verdict, counts: report.counts }, text: '', ...ends };
    }
    return {
      json: doctorJson(report),
      paged: !input.fix,
      text: doctorText(report, globals.verbose ? 'all' : input.show, terminal.out),
      names: [...new Set(outcomes.filter(isProblem).map(({ check }) => check.id))],
      ...ends,
    };
  },
});

interface Asked {
  readonly check: readonly string[];
  readonly tag: string | undefined;
  readonly from: readonly string[];
}

/** Runs are compared with those that were asked for in the same words. */
const selectionInWords = ({ check, tag, from }: Asked): string =>
  [...check, ...(tag === undefined ? [] : [`--tag ${tag}`]), ...from.map((place) => `--from ${place}`)]
    .join(' ')
    .slice(0, 400);

const listing = ({ asked }: Selection, { terminal }: Context): Result => ({
  json: checkListJson(asked),
  text: checkListText(asked, terminal.out),
  paged: true,
  names: asked.map(({ id }) => id),
});

async function writeReports(paths: readonly string[], report: Report, { files }: Context): Promise<void> {
  if (paths.length === 0) return;
  const { writtenReport } = await import('../render/doctor/write.js');
  for (const path of paths) {
    const ending = endingOf(path);
    if (ending !== undefined) await files.write(path, writtenReport(report, ending));
  }
}

/** Rejects a place that is neither `admin` nor a node; where the nodes are not known, other checks tell why. */
async function knowPlaces(from: readonly string[] | undefined, world: World, signal: AbortSignal): Promise<void> {
  const names = (from ?? []).filter((place) => place !== 'admin');
  if (names.length === 0) return;
  const look = await world.status(signal).catch(unlessFailure(signal));
  if (look === undefined) return;
  for (const name of names) findNode(look.nodes, name);
}

/** Asks for each remedy that octo-ha can apply; answers with the findings whose remedy was applied. */
async function applyFixes(
  outcomes: readonly Outcome[],
  { terminal, globals, signal }: Context,
): Promise<readonly Outcome[]> {
  const applied: Outcome[] = [];
  for (const outcome of outcomes) {
    const { fix, check, status } = outcome;
    if (fix === null || status === 'suppressed') continue;
    if (globals.dryRun) {
      terminal.say(`${check.id}: would ${fix.does}`);
      continue;
    }
    if (!globals.yes && !(await terminal.confirm(`${check.id}: ${fix.does}?`, signal))) continue;
    await fix.apply(signal);
    terminal.say(`${check.id}: ${fix.does}: done`);
    applied.push(outcome);
  }
  return applied;
}
