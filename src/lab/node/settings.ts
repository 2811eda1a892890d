import * as z from 'zod/mini';
import { labIntervalsSchema } from '../intervals.js';

const settings = z.object({
  /** The directory of the lab, and which of the labs in it. */
  home: z.string(),
  lab: z.string(),
  installationId: z.string(),
  name: z.string(),
  /** The task cap with which the node registers itself. */
  cap: z.number(),
  port: z.number(),
  version: z.string(),
  /** The shared folder, where the node's machine has it. */
  share: z.string(),
  database: z.object({ engine: z.literal('sqlite'), directory: z.string() }),
  intervals: labIntervalsSchema,
  /** From 0 to 1: how far into an interval this node begins, so that the nodes of a lab do not act all at once. */
  stagger: z.number(),
});

/** What a simulated node is started with. */
export type NodeSettings = z.infer<typeof settings>;

export const parseSettings = (text: string): NodeSettings => settings.parse(JSON.parse(text));
