import type { Node } from '../../cluster/node.js';
import type { OperationState, Step } from '../../cluster/operation.js';
import type { Effect } from '../../database/database.js';
import { newestSchema } from '../../database/migrations/index.js';
import { nameLease } from '../../database/queries/lease.js';
import {
  beginOperation,
  endRunning,
  operationById,
  operations,
  setOperationState,
} from '../../database/queries/operations.js';
import { schemaVersion } from '../../database/queries/schema-version.js';
import { settings } from '../../database/queries/settings.js';
import { endStep, steps } from '../../database/queries/steps.js';
import type { Identity } from '../../ports/identity.js';
import type { BalancerHand } from '../balancer-hand.js';
import { channelOf } from '../channel.js';
import type { Cluster } from '../cluster.js';
import { identify, notTheSame, pinIdentity } from '../identity.js';
import { outlasting } from '../outlasting.js';
import { isSqlConsented, keepSqlConsent, notConsented } from '../sql-consent.js';
import { stampedId } from '../stamped-id.js';
import { hasEnded, mustNotBeGivenUp, refuseCrashed, stateAfter, waysOn, withOperation } from './endings.js';
import { isSame, supersededBy } from './kinship.js';
import { leaseTerms, takeTheLease } from './lease.js';
import { foreignTables, notSetUp, tooOld } from './not-ours.js';
import { noticeOutside } from './outside.js';
import { must, type Running, runningOperation } from './running.js';

/** Why a change is made and by whose leave; all of it is kept. */
export interface Occasion {
  readonly reason: string | undefined;
  readonly changeId: string | undefined;
  readonly overrides: readonly string[];
  /** Milliseconds to queue for the lease. */
  readonly waitLease: number;
  /** The administrator consents, here and for good, that rows of Octopus are changed through the database. */
  readonly consentsToSql: boolean;
}

/** Where a change is made, by whom and why. */
export interface Operating {
  readonly cluster: Cluster;
  readonly identity: Identity;
  readonly occasion: Occasion;
  /** The load balancer that this machine's context describes. */
  readonly balancer: BalancerHand | undefined;
  /** The unfinished operation that was named to go on; it must still be unfinished under the lease. */
  readonly continues?: string;
  /** What a person says of a step whose outcome is not known. */
  readonly lost?: LostStep;
}

/** `rerun`: it is taken again, under another number. `assume-done`: a person has looked and found it done. */
export type LostStep = 'rerun' | 'assume-done';

export interface Begun {
  readonly kind: string;
  readonly nodes: readonly Pick<Node, 'id' | 'name'>[];
  readonly request: Readonly<Record<string, unknown>>;
  /** The unfinished operation that goes on, where it was named; otherwise the same one goes on by itself. */
  readonly continues?: string;
  /** Those entries of the request that make it another operation when they differ. */
  readonly essential?: readonly string[];
  readonly lost?: LostStep;
  /** The command that goes on with it, where the journal alone does not suffice for that. */
  readonly again?: string;
  /** What it did is undone. */
  readonly givesUp?: boolean;
  readonly occasion: Occasion;
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
  const channel = await channelOf(cluster);
  const [kept, schema] = await database.ask([settings, schemaVersion], signal);
  const { ownTables, foreign } = await database.catalogue(signal);
  if (foreign !== undefined) throw foreignTables(cluster.ownTables.place, foreign);
  if (!ownTables.has('operation')) throw notSetUp();
  if (schema !== null && schema.minimumWriter > newestSchema) throw tooOld(schema.number);
  const { identity: who, differs, isPinned } = await identify(cluster, signal);
  if (differs.length > 0) throw notTheSame(differs);
  await channel.mustReach(who, signal);
  const { consentsToSql } = begun.occasion;
  const writesRows = channel.name === 'database' && begun.kind !== 'set';
  if (writesRows && !isSqlConsented(kept) && !consentsToSql) throw notConsented();
  const fresh = stampedId(new Date(cluster.clock.now()), identity);
  const taking = {
    operationId: begun.continues ?? fresh,
    terms: leaseTerms(kept),
    wait: begun.occasion.waitLease,
  };
  await using lease = await takeTheLease(cluster, identity, taking, signal);
  // What is unfinished is looked at under the lease, where nobody else begins or ends anything.
  const [unfinished] = await database.ask([operations('unfinished')], signal);
  const earlier = unfinished.find((operation) =>
    begun.continues === undefined ? isSame(operation, begun) : operation.id === begun.continues,
  );
  if (begun.continues !== undefined && earlier === undefined) throw hasEnded(begun.continues);
  const id = earlier?.id ?? fresh;
  refuseCrashed(
    unfinished,
    id,
    begun.nodes.map(({ name }) => name),
  );

  const before = earlier === undefined ? [] : (await database.ask([steps(id)], signal))[0];
  if (begun.givesUp !== true) mustNotBeGivenUp(id, before);

  const outside = await noticeOutside(cluster, identity, signal);
  let running: Running | undefined;
  try {
    const first = earlier ? setOperationState(id, 'running') : beginOperation(entry(id, begun, identity, channel.name));
    const pin = isPinned ? [] : pinIdentity(who);
    const consent = consentsToSql ? keepSqlConsent(identity.who, new Date(cluster.clock.now())) : [];
    await must(lease.change([nameLease(lease.token, id), first, ...consent, ...pin, ...outside]));
    const journal = await concluded(id, before);
    const resumed = earlier !== undefined;
    const request = earlier?.request ?? begun.request;
    const order = earlier?.nodes ?? begun.nodes.map(({ name }) => name);
    running = runningOperation(cluster, identity, { id, lease, resumed, order, request, journal, channel, begun });
    const result = await work(running);
    await end(result.ending);
    return result;
  } catch (error) {
    const stands = begun.nodes.some((node) => ![undefined, 'undrain'].includes(running?.lastDone(node)));
    const failure = withOperation(error, id, stands, begun.again && waysOn(id, begun.again));
    const outcome = { error: failure instanceof Error ? failure.message : String(failure) };
    await end({ state: stateAfter(failure, signal), outcome }).catch(() => undefined);
    throw failure;
  }

  /** The steps so far, those of unknown outcome ended as a person says. */
  async function concluded(operation: string, found: readonly Step[]): Promise<readonly Step[]> {
    const open = begun.lost === undefined ? [] : found.filter(({ result }) => result === null);
    if (open.length === 0) return found;
    const [result, word] = begun.lost === 'rerun' ? (['failed', 'again'] as const) : (['done', 'assumed'] as const);
    const detail = JSON.stringify({ [word]: identity.who });
    await must(lease.change(open.map(({ number }) => endStep(operation, number, result, detail))));
    // From here on an outage ends nothing: the operation is begun.
    const [now] = await outlasting(cluster, lease.sleep, () => {}).database.ask([steps(operation)], signal);
    return now;
  }

  /** Ends a *running* operation only, so that a second try cannot overwrite an end that was written after all. */
  async function end({ state, outcome, effects = [] }: Ending): Promise<void> {
    // What somebody else did meanwhile belongs to the same moment; where it cannot be read, the next operation notices.
    const outside = await noticeOutside(cluster, identity, new AbortController().signal).catch(() => []);
    const superseded = state === 'done' ? supersededBy(unfinished, begun, id) : [];
    try {
      await must(lease.change([...effects, ...superseded, ...outside, endRunning(id, state, outcome)]));
    } catch (error) {
      const [now] = await database.ask([operationById(id)], new AbortController().signal).catch(() => [undefined]);
      if (now?.state !== state) throw error;
    }
  }
}

const entry = (id: string, { kind, nodes, request, occasion }: Begun, { who, host }: Identity, channel: string) => ({
  id,
  kind,
  nodes: nodes.map(({ name }) => name),
  request,
  who,
  host,
  reason: occasion.reason ?? null,
  changeId: occasion.changeId ?? null,
  channel,
});
