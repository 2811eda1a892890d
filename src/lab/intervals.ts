import * as z from 'zod/mini';
import type { Timing } from '../cluster/timing.js';
import type { HealthCheck } from '../load-balancer/balancer.js';

export const labIntervalsSchema = z.object({
  heartbeat: z.number(),
  /** Between two looks of a node at the queue. */
  poll: z.number(),
  /** Between two looks for tasks whose node is gone. */
  sweep: z.number(),
  /** Away for this long, a node loses its tasks: another one cancels them. Octopus waits an hour. */
  lostAfter: z.number(),
  /** From the start of a node's process, which answers 503 meanwhile, until it serves. */
  startDelay: z.number(),
  /** Between two looks of a machine at whether its service has stopped. Octopus' watchdog looks every 5 minutes. */
  watchdog: z.number(),
  /** A machine that reboots is away for this long. */
  reboot: z.number(),
});

/** How often things happen in a lab, in milliseconds. Everything is as at Octopus, only sooner. */
export type LabIntervals = z.infer<typeof labIntervalsSchema>;

export const labIntervals: LabIntervals = {
  heartbeat: 1_000,
  poll: 500,
  sweep: 5_000,
  lostAfter: 30_000,
  startDelay: 500,
  watchdog: 2_000,
  reboot: 2_000,
};

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
