import * as z from 'zod/mini';

const content = z.object({
  /** Milliseconds of work. */
  Duration: z._default(z.number().check(z.nonnegative()), 1_000),
  /** Halfway it waits for a human. */
  AsksHuman: z._default(z.boolean(), false),
});

/** What a task of the lab does, as its JSON has it. */
export interface TaskContent {
  readonly duration: number;
  readonly asksHuman: boolean;
}

/** A task that is not the lab's own is one second of work. */
export function parseTaskContent(json: string): TaskContent {
  const { Duration, AsksHuman } = content.parse(JSON.parse(json));
  return { duration: Duration, asksHuman: AsksHuman };
}

export const taskJson = ({ duration, asksHuman }: TaskContent): string =>
  JSON.stringify({ Duration: duration, AsksHuman: asksHuman });
