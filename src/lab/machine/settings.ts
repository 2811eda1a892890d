import * as z from 'zod/mini';

const settings = z.object({
  /** The directory of the lab, and which of the labs in it. */
  home: z.string(),
  lab: z.string(),
  /** How a node is started. */
  node: z.object({ file: z.string(), args: z.readonly(z.array(z.string())) }),
});

/** What the process of the machines is started with. */
export type MachinesSettings = z.infer<typeof settings>;

export const parseMachinesSettings = (text: string): MachinesSettings => settings.parse(JSON.parse(text));
