import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../ports/clock.js';

export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(milliseconds, signal) {
    signal.throwIfAborted();
    try {
      await delay(milliseconds, undefined, { signal });
    } catch {
      signal.throwIfAborted();
    }
  },
  within: (milliseconds, signal) => AbortSignal.any([signal, AbortSignal.timeout(milliseconds)]),
};
