import type { Timing } from '../cluster/timing.js';
import type { HealthCheck } from '../load-balancer/balancer.js';

/** How often things happen in a lab, in milliseconds. Everything is as at Octopus, only sooner. */
export interface LabIntervals {
  readonly heartbeat: number;
  /** Between two looks of a node at the queue. */
  readonly poll: number;
  /** Between two looks for tasks whose node is gone. */
  readonly sweep: number;
  /** Away for this long, a node loses its tasks: another one cancels them. Octopus waits an hour. */
  readonly lostAfter: number;
}

export const labIntervals: LabIntervals = { heartbeat: 1_000, poll: 500, sweep: 5_000, lostAfter: 30_000 };

/** What octo-ha has to know of these intervals; kept with the cluster. */
export const labTiming: Timing = {
  heartbeat: 1_000,
  offlineAfter: 5_000,
  staleAfter: 24 * 60 * 60_000,
  settle: 1_500,
  settleUnconfirmed: 4_000,
  look: 250,
};

export const labHealthCheck: HealthCheck = { interval: 500, fastInterval: 250, fall: 2, rise: 2, timeout: 2_000 };
