import type { Node } from '../../cluster/node.js';
import { isUnfinished, type Operation, type OperationState, type Step } from '../../cluster/operation.js';
import type { Effect } from '../../database/database.js';
import { appendAudit } from '../../database/queries/audit.js';
import { beginOperation, operations, setOperationState } from '../../database/queries/operations.js';
import { settings } from '../../database/queries/settings.js';
import { endStep, intendStep, steps } from '../../database/queries/steps.js';
import { Failure } from '../../errors.js';
import type { Identity } from '../../ports/identity.js';
import type { Cluster } from '../cluster.js';
import { type Lease, leaseLost, leaseTerms, notSetUp, takeTheLease } from './lease.js';

/** Why a change is made and by whose leave; all of it is kept. */
export interface Occasion {
  readonly reason: string | undefined;
  readonly changeId: string | undefined;
  readonly overrides: readonly string[];
  /** Milliseconds to queue for the lease. */
  readonly waitLease: number;
}

/** Where a change is made, by whom and why. */
export interface Operating {
  readonly cluster: Cluster;
  readonly identity: Identity;
  readonly occasion: Occasion;
}

export interface Begun {
  readonly kind: string;
  readonly nodes: readonly Node[];
  readonly request: Readonly<Record<string, unknown>>;
  readonly occasion: Occasion;
}

/** One change of a node's row, as journal and audit keep it. */
export interface Change {
  readonly node: Pick<Node, 'id' | 'name'>;
  readonly action: string;
  readonly before: string;
  readonly after: string;
}

/** An operation under way, with the lease in hand. */
export interface Running {
  readonly id: string;
  readonly lease: Lease;
  /** The operation had been begun before: by a run that was killed or interrupted. */
  readonly resumed: boolean;
  /** What this and earlier runs of it have done. */
  readonly journal: readonly Step[];
  /**
   * Journals the intent, then makes the effects together with the step's result and the audit entry in one batch that
   * first shows the lease. Resolves to `false` when the row was not as expected; then nothing was changed.
   */
  change(change: Change, effects: readonly Effect[], signal: AbortSignal): Promise<boolean>;
}

/** How an operation ended, for its row. */
export interface Ending {
  readonly state: OperationState;
  readonly outcome: Readonly<Record<string, unknown>>;
  /** Made in the same batch as the end. */
  readonly effects?: readonly Effect[];
}

const signalForTheEnd = () => AbortSignal.timeout(10_000);

/**
 * Runs an operation between its two journal entries. The same command again continues an unfinished one of the same
 * kind and nodes. Whatever ends it is journaled; only a kill leaves it *running*.
 */
export async function runOperation<T extends { readonly ending: Ending }>(
  cluster: Cluster,
  identity: Identity,
  begun: Begun,
  signal: AbortSignal,
  work: (running: Running) => Promise<T>,
): Promise<T> {
  const { database } = cluster;
  const [unfinished, kept] = await database.ask([operations('unfinished'), settings], signal);
  const { ownTables } = await database.catalogue(signal);
  if (!ownTables.has('operation')) throw notSetUp();
  const earlier = unfinished.find((operation) => isSame(operation, begun));
  const id = earlier?.id ?? newId(cluster, identity);
  const taking = { operationId: id, terms: leaseTerms(kept), wait: begun.occasion.waitLease };
  await using lease = await takeTheLease(cluster, identity, taking, signal);
  const [now] = await database.ask([operations('unfinished')], signal);
  refuseOthers(unfinished, now, id);

  const first = earlier ? setOperationState(id, 'running') : beginOperation(entry(id, begun, identity));
  await must(database.change([lease.touch, first], signal));
  const [journal] = await database.ask([steps(id)], signal);
  const running = runningOperation(cluster, identity, { id, lease, resumed: earlier !== undefined, journal, begun });
  try {
    const result = await work(running);
    await end(result.ending);
    return result;
  } catch (error) {
    const outcome = { error: error instanceof Error ? error.message : String(error) };
    await end({ state: stateAfter(error, signal), outcome }).catch(() => undefined);
    throw withOperation(error, id);
  }

  async function end({ state, outcome, effects = [] }: Ending): Promise<void> {
    const superseded = state === 'done' ? supersededBy(unfinished, begun, id) : [];
    await must(
      database.change(
        [lease.touch, ...effects, ...superseded, setOperationState(id, state, outcome)],
        signalForTheEnd(),
      ),
    );
  }
}

interface Known {
  readonly id: string;
  readonly lease: Lease;
  readonly resumed: boolean;
  readonly journal: readonly Step[];
  readonly begun: Begun;
}

function runningOperation({ database }: Cluster, identity: Identity, { begun, ...known }: Known): Running {
  const { id, lease, journal } = known;
  const open = new Map<string, number>(
    journal.flatMap((step) => (step.result === null ? [[`${step.nodeId} ${step.action}`, step.number]] : [])),
  );
  let last = journal.at(-1)?.number ?? 0;

  return {
    ...known,
    async change({ node, action, before, after }, effects, signal) {
      const key = `${node.id} ${action}`;
      // An intent without a result, of a run that was killed: the effect's batch also wrote the result, so it was not made.
      const number = open.get(key) ?? ++last;
      if (!open.has(key)) {
        await must(database.change([lease.touch, intendStep(id, { number, nodeId: node.id, action })], signal));
      }
      open.set(key, number);
      const { occasion } = begun;
      const audited = appendAudit({
        id: `${id}-${number}`,
        who: identity.who,
        host: identity.host,
        nodeId: node.id,
        nodeName: node.name,
        action,
        before,
        after,
        reason: occasion.reason ?? null,
        changeId: occasion.changeId ?? null,
        overrides: occasion.overrides.join(', ') || null,
        channel: 'database',
        operationId: id,
      });
      const batch = [lease.touch, ...effects, endStep(id, number, 'done'), audited];
      const changed = await database.change(batch, signal).catch(async (error: unknown) => {
        if (!(error instanceof Failure) || error.kind !== 'unknown') throw error;
        return await afterLostContact(error, number);
      });
      if (!changed.applied) {
        if (changed.missed === 0) throw leaseLost(undefined);
        await database.change([lease.touch, endStep(id, number, 'failed', 'the row was not as expected')], signal);
      }
      open.delete(key);
      return changed.applied;
    },
  };

  /** The step's result was written with the effect or not at all, so it tells whether the effect was made. */
  async function afterLostContact(error: Failure, number: number) {
    const [now] = await database.ask([steps(id)], signalForTheEnd());
    if (now.find((step) => step.number === number)?.result === 'done') return { applied: true } as const;
    throw error;
  }
}

const isSame = ({ kind, nodes }: Operation, begun: Begun): boolean =>
  kind === begun.kind &&
  nodes.join('\n').toLowerCase() ===
    begun.nodes
      .map(({ name }) => name)
      .join('\n')
      .toLowerCase();

/**
 * A crashed operation is finished or given up before another begins: its journal says what is half done. One that came
 * between our look and our lease is looked at by whoever tries again.
 */
function refuseOthers(before: readonly Operation[], now: readonly Operation[], id: string): void {
  const states = (operations: readonly Operation[]) =>
    operations.map((operation) => `${operation.id} ${operation.state}`).join();
  const crashed = now.find((operation) => operation.state === 'running' && operation.id !== id);
  if (crashed === undefined && states(before) !== states(now)) {
    throw new Failure('busy', 'another operation began or ended at this moment', {
      hint: 'Run the same command again.',
    });
  }
  if (crashed === undefined) return;
  throw new Failure(
    'busy',
    `operation ${crashed.id} (${crashed.kind} ${crashed.nodes.join(', ')}) of ${crashed.who} is unfinished`,
    {
      hint: `Finish it with: octo-ha operation resume ${crashed.id} — or give it up with: octo-ha operation abort ${crashed.id}`,
      details: { operation: crashed.id },
    },
  );
}

/** Detached and interrupted operations of the same nodes have been overtaken by this one. */
const supersededBy = (unfinished: readonly Operation[], begun: Begun, id: string): readonly Effect[] =>
  unfinished
    .filter((operation) => operation.id !== id && isUnfinished(operation) && operation.state !== 'running')
    .filter((operation) => operation.nodes.some((name) => begun.nodes.some((node) => node.name === name)))
    .map((operation) => setOperationState(operation.id, 'aborted', { supersededBy: id }));

const entry = (id: string, { kind, nodes, request, occasion }: Begun, { who, host }: Identity) => ({
  id,
  kind,
  nodes: nodes.map(({ name }) => name),
  request,
  who,
  host,
  reason: occasion.reason ?? null,
  changeId: occasion.changeId ?? null,
  channel: 'database',
});

function newId({ clock }: Cluster, identity: Identity): string {
  const [date = '', time = ''] = new Date(clock.now()).toISOString().split('T');
  return `${date.replaceAll('-', '')}-${time.slice(0, 8).replaceAll(':', '')}-${identity.word(4)}`;
}

function stateAfter(error: unknown, signal: AbortSignal): OperationState {
  if (signal.aborted) return 'interrupted';
  if (!(error instanceof Failure)) return 'interrupted';
  return error.kind === 'failed' || error.kind === 'refused' ? 'failed' : 'interrupted';
}

function withOperation(error: unknown, id: string): unknown {
  if (!(error instanceof Failure)) return error;
  const { kind, message, hint, cause, details } = error;
  return new Failure(kind, message, { hint, cause, details: { ...details, operation: id } });
}

async function must(change: Promise<{ applied: boolean; missed?: number }>): Promise<void> {
  const { applied, missed } = await change;
  if (!applied)
    throw missed === 0 ? leaseLost(undefined) : new Error(`the journal could not be written (statement ${missed})`);
}
