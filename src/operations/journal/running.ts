import * as z from 'zod/mini';
import type { Node } from '../../cluster/node.js';
import type { Step } from '../../cluster/operation.js';
import type { Effect } from '../../database/database.js';
import { appendAudit } from '../../database/queries/audit.js';
import { endStep, intendStep, steps } from '../../database/queries/steps.js';
import { Failure } from '../../errors.js';
import type { Changed } from '../../ports/database.js';
import type { Identity } from '../../ports/identity.js';
import type { Channel, RowChange } from '../channel.js';
import type { Cluster } from '../cluster.js';
import type { Lease } from './lease.js';
import type { Begun } from './run-operation.js';

/** One change of a node, as journal and audit keep it. */
export interface Change {
  readonly node: Pick<Node, 'id' | 'name'>;
  readonly action: string;
  readonly before: string;
  readonly after: string;
}

/** What an effect outside the database is known by: asked for again under it, it is not made a second time. */
export interface EffectId {
  readonly operation: string;
  readonly step: string;
  readonly token: number;
}

/** What came of an effect outside the database, as the journal keeps it. */
export type Came = Readonly<Record<string, unknown>>;

/** An operation under way, with the lease in hand. */
export interface Running {
  readonly id: string;
  readonly kind: string;
  readonly lease: Lease;
  /** The operation had been begun before: by a run that was killed or interrupted. */
  readonly resumed: boolean;
  /** Names of its nodes in the order in which it takes them, whoever goes on with it. */
  readonly order: readonly string[];
  /** What was asked for when it was begun. */
  readonly request: Readonly<Record<string, unknown>>;
  /** What earlier runs of it have done. */
  readonly journal: readonly Step[];
  /** The last change of this node that this operation made, in this run or an earlier one. */
  lastDone(node: Pick<Node, 'name'>): string | undefined;
  /** What came of an action on this node, in this run or an earlier one; `undefined` while it is not done. */
  came(node: Pick<Node, 'id'>, action: string): Came | undefined;
  /** The action was intended, and may have been done: its result is not journaled. */
  isOpen(node: Pick<Node, 'id'>, action: string): boolean;
  /** How rows of nodes are changed. */
  readonly channel: Channel;
  /**
   * Journals the intent, then changes the row. Through the database that is one batch, which first shows the lease, with
   * the step's result, the audit entry and what else is to change with it; through the API the call comes first and the
   * batch after it. Resolves to `false` when the row was not as expected; then nothing was changed.
   */
  change(change: Change, row: RowChange, more: readonly Effect[], signal: AbortSignal): Promise<boolean>;
  /**
   * An effect outside the database, once in an operation: journals the intent under the lease, has it made, and journals
   * what came of it with the audit entry. One that is done is not made again. What was intended by a run that was killed
   * is asked for under the same `EffectId`. A `Failure` of kind `unknown` leaves the intent without a result.
   */
  act(change: Change, perform: (id: EffectId) => Promise<Came>, signal: AbortSignal): Promise<Came>;
  /** The same for what only looks, and so is no business of the audit. */
  learn(
    what: Pick<Change, 'node' | 'action'>,
    perform: (id: EffectId) => Promise<Came>,
    signal: AbortSignal,
  ): Promise<Came>;
}

interface Known extends Pick<Running, 'id' | 'lease' | 'resumed' | 'order' | 'request' | 'journal' | 'channel'> {
  readonly begun: Begun;
}

/** Actions that leave the node itself as it is. */
const asides: ReadonlySet<string> = new Set([
  ...['count-polling', 'read-start-type', 'hear-silence', 'watch-canary', 'give-up'],
  ...['balancer-out', 'balancer-in'],
]);

const detail = z.record(z.string(), z.unknown());

export function runningOperation(cluster: Cluster, identity: Identity, { begun, ...known }: Known): Running {
  const { database, clock, timeout } = cluster;
  const { id, lease, journal, channel } = known;
  const keyOf = (nodeId: string, action: string) => `${nodeId} ${action}`;
  const open = new Map<string, number>(
    journal.flatMap((step) => (step.result === null ? [[keyOf(step.nodeId, step.action), step.number]] : [])),
  );
  // By the node's name, as the operation itself names its nodes.
  const done = new Map(
    journal.flatMap(({ result, nodeId, action }) => {
      const node = begun.nodes.find(({ id }) => id === nodeId);
      return result === 'done' && node && !asides.has(action) ? [[node.name, action] as const] : [];
    }),
  );
  const came = new Map<string, Came>(
    journal.flatMap((step) =>
      step.result === 'done' ? [[keyOf(step.nodeId, step.action), parseDetail(step.detail)]] : [],
    ),
  );
  let last = journal.at(-1)?.number ?? 0;

  async function intend({ node, action }: Change): Promise<number> {
    const key = keyOf(node.id, action);
    // An intent without a result, of a run that was killed, is gone on with.
    const number = open.get(key) ?? ++last;
    if (!open.has(key)) await must(lease.change([intendStep(id, { number, nodeId: node.id, action })]));
    open.set(key, number);
    return number;
  }

  function audited({ node, action, before, after }: Change, number: number): Effect {
    const { occasion } = begun;
    return appendAudit({
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
      channel: channel.name,
      operationId: id,
    });
  }

  /** Writes what ends a step; where contact is lost, the journal tells whether it was written. */
  async function conclude(effects: readonly Effect[], number: number): Promise<Changed> {
    try {
      return await lease.change(effects);
    } catch (error) {
      if (!(error instanceof Failure) || error.kind !== 'unknown') throw error;
      return await afterLostContact(error, number);
    }
  }

  function isDone({ node, action }: Change, result: Came): void {
    open.delete(keyOf(node.id, action));
    if (!asides.has(action)) done.set(node.name, action);
    came.set(keyOf(node.id, action), result);
  }

  return {
    ...known,
    kind: begun.kind,
    lastDone: (node) => done.get(node.name),
    came: (node, action) => came.get(keyOf(node.id, action)),
    isOpen: (node, action) => open.has(keyOf(node.id, action)),
    async change(change, row, more, signal) {
      signal.throwIfAborted();
      const wasOpen = open.has(keyOf(change.node.id, change.action));
      const number = await intend(change);
      signal.throwIfAborted();
      // What a killed run had intended may have been sent by it: then there is nothing left to change.
      const isChanged = row.by === 'database' || (await row.send(signal)).changed || wasOpen;
      if (isChanged) {
        const effects = [...(row.by === 'database' ? row.effects : []), ...more];
        const changed = await conclude([...effects, endStep(id, number, 'done'), audited(change, number)], number);
        if (changed.applied) {
          isDone(change, {});
          return true;
        }
      }
      open.delete(keyOf(change.node.id, change.action));
      await lease.change([endStep(id, number, 'failed', 'the row was not as expected')]);
      return false;
    },
    act: (change, perform, signal) => once(change, perform, (number) => [audited(change, number)], signal),
    learn: ({ node, action }, perform, signal) =>
      once({ node, action, before: '', after: '' }, perform, () => [], signal),
  };

  async function once(
    change: Change,
    perform: (id: EffectId) => Promise<Came>,
    more: (number: number) => readonly Effect[],
    signal: AbortSignal,
  ): Promise<Came> {
    const key = keyOf(change.node.id, change.action);
    const before = came.get(key);
    if (before !== undefined) return before;
    signal.throwIfAborted();
    const number = await intend(change);
    let result: Came;
    try {
      result = await perform({ operation: id, step: String(number), token: lease.token });
    } catch (error) {
      // What is known to have failed is tried again under another number; what is not known stays open.
      if (error instanceof Failure && (error.kind === 'failed' || error.kind === 'usage')) {
        open.delete(key);
        await must(lease.change([endStep(id, number, 'failed', error.message.slice(0, 1_000))]));
      }
      throw error;
    }
    const ends = [endStep(id, number, 'done', JSON.stringify(result)), ...more(number)];
    if (!(await conclude(ends, number)).applied) throw new Error(`step ${number} of ${id} was ended by somebody else`);
    isDone(change, result);
    return result;
  }

  /** The step's result was written with the effect or not at all, so it tells whether the effect was made. */
  async function afterLostContact(inDoubt: Failure, number: number): Promise<Changed> {
    using limit = clock.within(timeout, new AbortController().signal);
    const [now] = await database.ask([steps(id)], limit).catch(() => {
      throw inDoubt;
    });
    if (now.find((step) => step.number === number)?.result === 'done') return { applied: true };
    throw inDoubt;
  }
}

function parseDetail(text: string | null): Came {
  if (text === null) return {};
  try {
    return detail.parse(JSON.parse(text));
  } catch {
    return {};
  }
}

export async function must(change: Promise<Changed>): Promise<void> {
  const changed = await change;
  if (!changed.applied) throw new Error(`the journal could not be written (statement ${changed.missed})`);
}
