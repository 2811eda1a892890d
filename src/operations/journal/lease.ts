import type { LeaseRow } from '../../cluster/operation.js';
import { settingNames } from '../../cluster/setting-names.js';
import type { Effect } from '../../database/database.js';
import { giveBackLease, leaseRow, renewLease, takeLease, touchLease } from '../../database/queries/lease.js';
import { Failure } from '../../errors.js';
import type { Changed } from '../../ports/database.js';
import type { Identity } from '../../ports/identity.js';
import type { Cluster } from '../cluster.js';
import { notSetUp } from './not-ours.js';

/** Milliseconds; kept with the cluster, because every client must go by the same. */
export interface LeaseTerms {
  /** Unrenewed for this long, another may take it. */
  readonly term: number;
  readonly renewEvery: number;
}

export const leaseTerms = (settings: ReadonlyMap<string, string>): LeaseTerms => ({
  term: positive(settings.get(settingNames.leaseTerm)) ?? 30_000,
  renewEvery: positive(settings.get(settingNames.leaseRenewEvery)) ?? 10_000,
});

const positive = (text: string | undefined): number | undefined => {
  const value = Number(text);
  return Number.isFinite(value) && value > 0 ? value : undefined;
};

/** The right to change the cluster, held by this process. Expiry only lets others take it; it ends nothing by itself. */
export interface Lease extends AsyncDisposable {
  /** Every effect on a machine carries it, and a machine refuses one lower than it has seen. */
  readonly token: number;
  /**
   * Makes effects in one batch that first shows the token. A lease that has run out and that nobody took is renewed
   * first; one that was taken rejects. `missed` counts from the first of these effects. Not cut off by Ctrl-C or a time
   * limit, since nobody would know what became of it; without an answer in time it rejects as *unknown*.
   */
  change(effects: readonly Effect[]): Promise<Changed>;
  /** Sleeps and renews meanwhile. Rejects when the lease was lost or the holder is asked to stop. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

export interface Taking {
  readonly operationId: string;
  readonly terms: LeaseTerms;
  /** Milliseconds to queue for it; 0 refuses at once. */
  readonly wait: number;
}

/**
 * Takes the lease. One of this machine whose process is dead is taken at once; another's only when it was given back
 * or has expired. Rejects as *busy* with who holds it and since when.
 */
export async function takeTheLease(
  cluster: Cluster,
  identity: Identity,
  { operationId, terms, wait }: Taking,
  signal: AbortSignal,
): Promise<Lease> {
  const { database, clock } = cluster;
  const holder = identity.word(20);
  const { who, host, pid } = identity;
  const claim = { holder, operationId, who, host, pid, processStarted: await identity.started() };
  const until = clock.now() + wait;
  for (;;) {
    const [row] = await database.ask([leaseRow], signal);
    if (row === null) throw notSetUp();
    const dead = await isDead(row, identity);
    const { applied } = await database.change([takeLease(claim, terms.term, dead ? row.holder : undefined)], signal);
    if (applied) break;
    if (clock.now() >= until) throw held(row);
    await clock.sleep(Math.min(1_000, Math.max(50, until - clock.now())), signal);
  }
  const [row] = await database.ask([leaseRow], signal);
  if (row?.holder !== holder) throw held(row ?? undefined);
  return holding(cluster, row.token, terms, signal);
}

function holding(cluster: Cluster, token: number, { term, renewEvery }: LeaseTerms, ending: AbortSignal): Lease {
  const { database, clock } = cluster;
  let renewed = clock.now();

  async function inHand(effects: readonly Effect[]): Promise<Changed> {
    for (;;) {
      using limit = clock.within(cluster.timeout, new AbortController().signal);
      try {
        return await database.change(effects, limit);
      } catch (error) {
        if (limit.aborted) throw unanswered(error);
        // Out of reach, it was not made: until it can be, the operation goes on as long as nobody ends it.
        if (!(isOutage(error) && (error as Failure).kind === 'unreachable') || ending.aborted) throw error;
        await clock.sleep(1_000, ending);
      }
    }
  }

  async function change(effects: readonly Effect[]): Promise<Changed> {
    const batch = [touchLease(token), ...effects];
    let changed = await inHand(batch);
    if (!changed.applied && changed.missed === 0) {
      if (!(await inHand([renewLease(token, term)])).applied) throw leaseLost(undefined);
      renewed = clock.now();
      changed = await inHand(batch);
    }
    if (changed.applied) return changed;
    if (changed.missed === 0) throw leaseLost(undefined);
    return { applied: false, missed: changed.missed - 1 };
  }

  async function renew(signal: AbortSignal): Promise<void> {
    const { applied } = await database.change([renewLease(token, term)], signal);
    const [row] = await database.ask([leaseRow], signal);
    if (!applied || row?.token !== token) throw leaseLost(row);
    renewed = clock.now();
    if (row.stopRequested !== null) {
      throw new Failure('partial', `somebody asked this operation to stop: ${row.stopRequested}`, {
        hint: 'See what stands with: octo-ha status',
      });
    }
  }

  /** Late renewal is allowed, so an outage of the database does not end an operation; it tries again in a second. */
  async function renewIfReachable(signal: AbortSignal): Promise<void> {
    try {
      await renew(signal);
    } catch (error) {
      if (!isOutage(error)) throw error;
      renewed = clock.now() - renewEvery + 1_000;
    }
  }

  return {
    token,
    change,
    async sleep(milliseconds, signal) {
      const until = clock.now() + milliseconds;
      for (;;) {
        const next = Math.min(until, renewed + renewEvery);
        if (next > clock.now()) await clock.sleep(next - clock.now(), signal);
        if (clock.now() >= renewed + renewEvery) await renewIfReachable(signal);
        if (clock.now() >= until) return;
      }
    },
    async [Symbol.asyncDispose]() {
      // Given back also after an abort; where even that fails, it expires by itself.
      await database.change([giveBackLease(token)], AbortSignal.timeout(5_000)).catch(() => undefined);
    },
  };
}

/** The database did not answer, or not in time: nothing is known to have changed, and it is worth asking again. */
export const isOutage = (error: unknown): boolean =>
  error instanceof Failure &&
  (error.kind === 'unreachable' || error.kind === 'unknown') &&
  error.details?.['lastsUntilMended'] !== true;

const unanswered = (cause: unknown): Failure =>
  new Failure('unknown', 'the database did not answer in time; whether the change was made is not known', { cause });

/** Somebody else has taken over: nothing more may be done in this operation's name. */
const leaseLost = (row: LeaseRow | null | undefined): Failure =>
  new Failure(
    'partial',
    `the right to change the cluster was taken over${row ? ` by ${row.who}` : ''}; octo-ha stops here`,
    {
      hint: 'See what goes on with: octo-ha operation list',
    },
  );

/** Rejects as *busy* where somebody holds the lease at that moment of the database's clock. */
export async function mustBeFree(row: LeaseRow | null, at: Date, identity: Identity): Promise<void> {
  if (row === null || row.holder === '' || row.expires <= at || (await isDead(row, identity))) return;
  throw held(row);
}

/** Where not even this process is found, as in some containers, nobody is taken for dead. */
async function isDead({ holder, host, pid, processStarted }: LeaseRow, identity: Identity): Promise<boolean> {
  if (holder === '' || host !== identity.host) return false;
  if (!(await identity.isRunning(identity.pid, await identity.started()))) return false;
  return !(await identity.isRunning(pid, processStarted));
}

const held = (row: LeaseRow | undefined): Failure =>
  new Failure(
    'busy',
    row === undefined
      ? 'another operation took the right to change the cluster at this moment'
      : `${row.who} holds the cluster since ${row.since.toISOString()} with operation ${row.operationId}`,
    {
      hint: 'Wait for it with --wait-lease 5m, or see it with: octo-ha operation list',
      ...(row?.operationId ? { details: { operation: row.operationId } } : {}),
    },
  );
