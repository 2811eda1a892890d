import { formatDuration } from '../cluster/duration.js';
import type { Node } from '../cluster/node.js';
import { Failure } from '../errors.js';
import type { Clock } from '../ports/clock.js';
import { untilAborted } from '../ports/until-aborted.js';
import type { Check, CheckId, Remedy, Verdict } from './check.js';
import { limiter } from './limiter.js';
import type { Outcome } from './outcome.js';
import type { World } from './world.js';

export interface RunOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Checks at work at the same time. */
  readonly jobs: number;
  /** Milliseconds for one check on one subject, where the check has no deadline of its own. */
  readonly deadline: number;
  /** From where to look: `admin` and names of nodes; `undefined` is from everywhere. */
  readonly from?: readonly string[] | undefined;
}

/**
 * Runs checks side by side and yields what came of them in the order declared, so that two runs over the same cluster
 * give the same report. A check that throws, or does not answer in time, is an outcome like every other.
 */
export async function* runChecks(
  checks: readonly Check[],
  world: World,
  { clock, signal, jobs, deadline, from }: RunOptions,
): AsyncGenerator<Outcome> {
  const limit = limiter(jobs);
  const outcomes = new Map<CheckId, Promise<readonly Outcome[]>>();
  let nodesOnce: ReturnType<typeof nodesOf> | undefined;
  const looksFrom = (place: string) =>
    from === undefined || from.some((one) => one.toLowerCase() === place.toLowerCase());

  /** The first need that does not hold, in words. */
  async function missing(check: Check, node: Node | null): Promise<string | undefined> {
    for (const id of check.needs ?? []) {
      const all = (await outcomes.get(id)) ?? [];
      const about = all.filter((outcome) => node === null || outcome.node === null || outcome.node === node.name);
      // What compares nodes goes on with those that were seen.
      if (about.length === 0 || about.some(holds)) continue;
      const [first] = about;
      if (about.length > 1) return `${id} did not pass on any node`;
      return first?.status === 'skip' ? (first.problem ?? id) : `${id} did not pass`;
    }
    return undefined;
  }

  async function one(
    check: Check,
    node: Node | null,
    look: (within: AbortSignal) => Promise<Verdict>,
  ): Promise<Outcome> {
    const place = check.kind === 'node' && check.from === 'machine' && node !== null ? node.name : 'admin';
    const about = { check, observedFrom: place, node: node?.name ?? null };
    const because = await missing(check, node);
    if (because !== undefined) return { ...about, ...told(check, { status: 'skip', because }), durationMs: 0 };
    return await limit(async () => {
      const milliseconds = check.deadline ?? deadline;
      using within = clock.within(milliseconds, signal);
      const begun = clock.now();
      try {
        // A look that does not listen to its signal is given up all the same.
        const verdict = await untilAborted(look(within), within);
        return { ...about, ...told(named(check, node), verdict), durationMs: clock.now() - begun };
      } catch (error) {
        const late = within.aborted && !signal.aborted;
        const failed = late ? lateness(milliseconds) : failure(named(check, node), error);
        return { ...about, ...failed, durationMs: clock.now() - begun };
      }
    });
  }

  async function onNodes(check: Check & { kind: 'node' }): Promise<readonly Outcome[]> {
    nodesOnce ??= nodesOf(world, signal);
    const nodes = await nodesOnce;
    if (nodes === undefined) {
      const verdict = { status: 'skip', because: 'the nodes are not known' } as const;
      return [{ check, observedFrom: 'admin', node: null, ...told(check, verdict), durationMs: 0 }];
    }
    return await Promise.all(
      nodes
        .filter(({ name }) => check.from === 'admin' || looksFrom(name))
        .map((node) => one(check, node, (within) => check.run(world, node, within))),
    );
  }

  async function all(check: Check): Promise<readonly Outcome[]> {
    if (check.kind === 'node') return await onNodes(check);
    return [await one(check, null, (within) => check.run(world, within))];
  }

  const looked = checks.filter((check) => (check.kind === 'node' && check.from === 'machine') || looksFrom('admin'));
  for (const check of looked) outcomes.set(check.id, all(check));
  for (const pending of outcomes.values()) {
    yield* await pending;
    signal.throwIfAborted();
  }
}

/** Nodes that are worth looking at one by one: a stale one is a finding of its own. */
async function nodesOf(world: World, signal: AbortSignal): Promise<readonly Node[] | undefined> {
  try {
    return (await world.status(signal)).nodes.filter(({ state }) => state !== 'stale');
  } catch {
    // Why the cluster cannot be read is what other checks tell.
    return undefined;
  }
}

const holds = ({ status }: Outcome): boolean => status === 'pass' || status === 'warn' || status === 'suppressed';

type Told = Pick<Outcome, 'status' | 'problem' | 'remedy' | 'evidence' | 'fix'>;

function told(check: Check, verdict: Verdict): Told {
  const nothing = { problem: null, remedy: null, evidence: {}, fix: null };
  switch (verdict.status) {
    case 'pass':
      return { ...nothing, status: 'pass', evidence: verdict.evidence ?? {} };
    case 'skip':
      return { ...nothing, status: 'skip', problem: verdict.because };
    case 'unknown':
      return {
        ...nothing,
        status: 'unknown',
        problem: verdict.because,
        remedy: check.cure,
        evidence: verdict.evidence ?? {},
      };
    case 'warn':
    case 'fail':
      return {
        status: verdict.status,
        problem: verdict.problem,
        remedy: verdict.remedy ?? check.cure,
        evidence: verdict.evidence ?? {},
        fix: verdict.fix ?? null,
      };
    default:
      return verdict satisfies never;
  }
}

/** What to do about an answer that does not come. */
export const lateHint = 'Try again, with a longer --check-deadline where the network is slow.';

const lateness = (milliseconds: number): Told => ({
  status: 'unknown',
  problem: `no answer within ${formatDuration(milliseconds)}`,
  remedy: { text: lateHint },
  evidence: {},
  fix: null,
});

/** With the node's name in the place of NODE, so that commands can be pasted. */
function named(check: Check, node: Node | null): Check {
  if (node === null || check.cure.commands === undefined || !/^[\w.-]+$/.test(node.name)) return check;
  const commands = check.cure.commands.map((line) => line.replaceAll(/\bNODE\b/g, node.name));
  return { ...check, cure: { ...check.cure, commands } };
}

/** What a person can act on is *unknown*; everything else is a bug of the check. */
function failure(check: Check, error: unknown): Told {
  const isKnown = error instanceof Failure && error.kind !== 'bug';
  const remedy: Remedy = isKnown
    ? { text: error.hint ?? check.cure.text, commands: error.hint === undefined ? (check.cure.commands ?? []) : [] }
    : { text: 'This is a bug in octo-ha. Please report it with what it prints under -v.' };
  const message = error instanceof Error ? error.message : String(error);
  return { status: isKnown ? 'unknown' : 'crash', problem: message, remedy, evidence: {}, fix: null };
}
