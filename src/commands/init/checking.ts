import { checks } from '../../checks/index.js';
import { isProblem, type Outcome } from '../../checks/outcome.js';
import { type Selection, sameChecks, selectChecks } from '../../checks/select.js';
import type { World } from '../../checks/world.js';
import { diagnose, replaced } from '../../setup/diagnose.js';
import { untilWell } from '../../setup/until-well.js';
import { observing } from '../observing.js';
import type { Site } from './site.js';

export interface Checking {
  /** Ids and subjects. */
  readonly words: readonly string[];
  /** Where the nodes find the shared folder, where the cluster does not keep that yet. */
  readonly nodePath?: string | undefined;
  /** Milliseconds for a node or a balancer to settle, before a finding counts. */
  readonly patience?: number;
}

/** Milliseconds for one check. */
const deadline = 20_000;

/** What comes by itself once a node has started, or a balancer has read its file. */
const settles = /^(load-balancer\/|network\/(web-port|balancer)|nodes\/(heartbeat|ping))/;

/** Runs checks of doctor over what is set up. With --dry-run nothing is written, not even a probe. */
export async function runDoctor(
  { context }: Pick<Site, 'context'>,
  { words, nodePath, patience = 0 }: Checking,
  signal: AbortSignal,
): Promise<readonly Outcome[]> {
  const { clock, terminal, globals } = context;
  await using worlds = await observing(context, { deadline, nodePath, probing: !globals.dryRun });
  const run = (world: World, selection: Selection) =>
    diagnose(world, {
      ...{ selection, clock, signal, deadline, jobs: 128, known: checks },
      ...{ from: undefined, suppressions: undefined, required: [] },
    });
  const first = await run(worlds.fresh(), selectChecks(checks, { words, tag: undefined, required: [] }));
  let outcomes = first;
  const again = async (wrong: readonly Outcome[]) => {
    outcomes = replaced(outcomes, await run(worlds.fresh(), sameChecks(checks, wrong)));
    return outcomes;
  };
  const tell = (line: string) => terminal.say(line);
  const maySettle = (outcome: Outcome) => isProblem(outcome) && settles.test(outcome.check.id);
  return await untilWell(first, again, { until: clock.now() + patience, clock, tell }, signal, maySettle);
}
