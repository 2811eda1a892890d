import type { Node } from '../../cluster/node.js';
import { isUnfinished, type Operation, type OperationState, type Step } from '../../cluster/operation.js';
import type { Effect } from '../../database/database.js';
import { newestSchema } from '../../database/migrations/index.js';
import { appendAudit } from '../../database/queries/audit.js';
import { beginOperation, operations, setOperationState } from '../../database/queries/operations.js';
import { schemaVersion } from '../../database/queries/schema-version.js';
import { settings } from '../../database/queries/settings.js';
import { endStep, intendStep, steps } from '../../database/queries/steps.js';
import { Failure } from '../../errors.js';
import type { Identity } from '../../ports/identity.js';
import type { Cluster } from '../cluster.js';
import { type Lease, leaseLost, leaseTerms, takeTheLease } from './lease.js';
import { foreignTables, notSetUp, tooOld } from './not-ours.js';

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
  /** Those entries of the request that make it another operation when they differ. */
  readonly essential?: readonly string[];
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
  /** The last change of this node that this operation made, in this run or an earlier one. */
  lastDone(node: Pick<Node, 'id'>): string | undefined;
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
  const [unfinished, kept, schema] = await database.ask([operations('unfinished'), settings, schemaVersion], signal);
  const { ownTables, foreign } = await database.catalogue(signal);
  if (foreign !== undefined) throw foreignTables(cluster.ownTables.place, foreign);
  if (!ownTables.has('operation')) throw notSetUp();
  if (schema !== null && schema.minimumWriter > newestSchema) throw tooOld(schema.number);
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
    const limit = cluster.clock.within(cluster.timeout, new AbortController().signal);
    await must(database.change([lease.touch, ...effects, ...superseded, setOperationState(id, state, outcome)], limit));
  }
}

interface Known {
  readonly id: string;
  readonly lease: Lease;
  readonly resumed: boolean;
  readonly journal: readonly Step[];
  readonly begun: Begun;
}

function runningOperation(
  { database, clock, timeout }: Cluster,
  identity: Identity,
  { begun, ...known }: Known,
): Running {
  const { id, lease, journal } = known;
  const open = new Map<string, number>(
    journal.flatMap((step) => (step.result === null ? [[`${step.nodeId} ${step.action}`, step.number]] : [])),
  );
  const done = new Map(
    journal.flatMap(({ result, nodeId, action }) => (result === 'done' ? [[nodeId, action] as const] : [])),
  );
  let last = journal.at(-1)?.number ?? 0;
  // Ctrl-C and time-outs wait for an effect in hand: cut off, nobody would know what became of it.
  const inHand = () => clock.within(timeout, new AbortController().signal);

  return {
    ...known,
    lastDone: (node) => done.get(node.id),
    async change({ node, action, before, after }, effects, signal) {
      signal.throwIfAborted();
      const key = `${node.id} ${action}`;
      // An intent without a result, of a run that was killed: the effect's batch also wrote the result, so it was not made.
      const number = open.get(key) ?? ++last;
      if (!open.has(key)) {
        await must(database.change([lease.touch, intendStep(id, { number, nodeId: node.id, action })], inHand()));
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
      signal.throwIfAborted();
      const limit = inHand();
      const changed = await database.change(batch, limit).catch(async (error: unknown) => {
        const inDoubt = limit.aborted ? lost(error) : error;
        if (!(inDoubt instanceof Failure) || inDoubt.kind !== 'unknown') throw error;
        return await afterLostContact(inDoubt, number);
      });
      open.delete(key);
      if (changed.applied) {
        done.set(node.id, action);
        return true;
      }
      if (changed.missed === 0) throw leaseLost(undefined);
      await database.change([lease.touch, endStep(id, number, 'failed', 'the row was not as expected')], inHand());
      return false;
    },
  };

  /** The step's result was written with the effect or not at all, so it tells whether the effect was made. */
  async function afterLostContact(inDoubt: Failure, number: number) {
    const [now] = await database.ask([steps(id)], inHand()).catch(() => {
      throw inDoubt;
    });
    if (now.find((step) => step.number === number)?.result === 'done') return { applied: true } as const;
    throw inDoubt;
  }
}

const lost = (cause: unknown): Failure =>
  new Failure('unknown', 'the database did not answer in time; whether the change was made is not known', { cause });

/** The same kind, of the same nodes, asking for the same: options such as a time limit may differ from run to run. */
function isSame({ kind, nodes, request }: Operation, begun: Begun): boolean {
  const names = (list: readonly string[]) => list.join('\n').toLowerCase();
  return (
    kind === begun.kind &&
    names(nodes) === names(begun.nodes.map(({ name }) => name)) &&
    (begun.essential ?? []).every((key) => request[key] === begun.request[key])
  );
}

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
      hint: waysOn(crashed.id),
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
  const { kind, message, cause, details } = error;
  const goOn = waysOn(id);
  // Once an operation has begun, contact that is lost leaves it where it stood: *partial*, not "nothing was changed".
  return new Failure(kind === 'unreachable' ? 'partial' : kind, message, {
    hint: error.hint ?? goOn,
    cause,
    details: { ...details, operation: id },
  });
}

const waysOn = (id: string): string =>
  `Go on with it:  octo-ha operation resume ${id}\nGive it up:     octo-ha operation abort ${id}`;

async function must(change: Promise<{ applied: boolean; missed?: number }>): Promise<void> {
  const { applied, missed } = await change;
  if (!applied)
    throw missed === 0 ? leaseLost(undefined) : new Error(`the journal could not be written (statement ${missed})`);
}
