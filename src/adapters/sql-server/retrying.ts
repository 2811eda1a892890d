import { type Outlook, pauseAfter } from '../../database/transient.js';
import type { Clock } from '../../ports/clock.js';

/** Tries until it succeeds, or until what `expect` makes of the error leaves no hope. Rejects with the last error. */
export async function retrying<T>(
  attempt: () => Promise<T>,
  expect: (error: unknown) => Outlook,
  clock: Clock,
  signal: AbortSignal,
): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await attempt();
    } catch (error) {
      signal.throwIfAborted();
      const pause = pauseAfter(tried, expect(error));
      if (pause === null) throw error;
      await clock.sleep(pause, signal);
    }
  }
}
