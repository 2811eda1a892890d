import * as z from 'zod/mini';

/** What is done to nodes one after the other. */
export type MaintenanceKind = 'restart' | 'stop' | 'start';

/** What was asked for, as the journal keeps it; a later run goes on by it. */
export const maintenanceRequest = z.object({
  drainTimeout: z.number(),
  onTimeout: z.enum(['leave', 'undrain', 'cancel-tasks']),
  cancelGrace: z.number(),
  requestGrace: z.number(),
  serviceTimeout: z.number(),
  tentacleGrace: z.number(),
  /** A line for the shell of the machine, run while the service is stopped. */
  whileStopped: z.optional(z.string()),
  /** It runs as a scheduled task of Windows. */
  asTask: z._default(z.boolean(), false),
  reboot: z._default(z.boolean(), false),
  /** Milliseconds to watch the first node before the next one; absent without a canary. */
  bake: z.optional(z.number()),
  /** No further node is begun after this moment. */
  until: z.optional(z.string()),
  /** So many nodes, and then the operation waits to be resumed. */
  pauseAfter: z.optional(z.number()),
  /** Which nodes had their drain flag set before: they keep it. */
  foundDraining: z._default(z.array(z.string()), []),
});

export type MaintenanceRequest = z.infer<typeof maintenanceRequest>;

/** What the journal keeps of a node that is done. */
export const nodeReport = z.object({
  node: z.string(),
  tookMs: z.number(),
  /** Every task seen on it, with what became of it. */
  tasks: z.array(z.object({ id: z.string(), state: z.string(), fate: z.string() })),
  endedByUs: z.array(z.string()),
  /** Connections left when its service was stopped; `unknown` where nobody could tell. */
  connections: z.nullable(z.union([z.number(), z.literal('unknown')])),
  /** Its own ping confirmed what was done. */
  confirmedByNode: z.boolean(),
});

export type NodeReport = z.infer<typeof nodeReport>;
