import type { Timing } from '../cluster/timing.js';
import type { Clock } from '../ports/clock.js';

/** The time in which a task could still start on a node whose flag is set, because the node had not seen it yet. */
export interface SettleWindow {
  /** Milliseconds until it is over, as of a look at `at`. Zero or less: no task can start any more. */
  remaining(at: Date): number;
  /** The node itself has named its flag: what counts begins with the next look, which is after that answer. */
  confirm(): void;
  readonly confirmed: boolean;
}

interface Moment {
  readonly database: number;
  readonly local: number;
}

/**
 * Both the database's clock and this machine's have to agree that it is over: one of them may jump, as a database's does
 * at a fail-over.
 */
export function settleWindow(timing: Timing, clock: Clock): SettleWindow {
  let flagged: Moment | undefined;
  let confirmedSince: Moment | undefined;
  let confirmed = false;

  return {
    remaining(at) {
      const now = { database: at.getTime(), local: clock.now() };
      flagged ??= now;
      if (confirmed) confirmedSince ??= now;
      const [since, length] = confirmedSince ? [confirmedSince, timing.settle] : [flagged, timing.settleUnconfirmed];
      return length - Math.min(now.database - since.database, now.local - since.local);
    },
    confirm() {
      confirmed = true;
    },
    get confirmed() {
      return confirmed;
    },
  };
}
