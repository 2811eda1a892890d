import * as z from 'zod/mini';

const settings = z.object({ home: z.string(), lab: z.string(), port: z.number() });

/** What the lab's own balancer is started with. */
export type BalancerSettings = z.infer<typeof settings>;

export const parseBalancerSettings = (text: string): BalancerSettings => settings.parse(JSON.parse(text));
