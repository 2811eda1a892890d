import type { Clock } from '../../src/ports/clock.js';

/** A clock that stands still until told to move. */
export interface ManualClock extends Clock {
  /** Moves on, waking whoever sleeps or waits, in order of time. Resolves when they have gone on. */
  advance(milliseconds: number): Promise<void>;
  /** What was slept so far, in order. */
  readonly slept: readonly number[];
}

interface Alarm {
  readonly at: number;
  readonly ring: () => void;
}

/** With `auto`, whoever sleeps moves the clock and goes on at once. */
export function manualClock({ start = Date.UTC(2024, 0, 1), auto = false } = {}): ManualClock {
  let now = start;
  const alarms = new Set<Alarm>();
  const slept: number[] = [];

  async function advance(milliseconds: number): Promise<void> {
    const until = now + milliseconds;
    for (;;) {
      const [next] = [...alarms].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      alarms.delete(next);
      now = Math.max(now, next.at);
      next.ring();
      await settled();
    }
    now = until;
    await settled();
  }

  return {
    now: () => now,
    slept,
    advance,
    async sleep(milliseconds, signal) {
      signal.throwIfAborted();
      slept.push(milliseconds);
      const woken = new Promise<void>((resolve, reject) => {
        const alarm = { at: now + milliseconds, ring: wake };
        alarms.add(alarm);
        signal.addEventListener('abort', give, { once: true });
        function wake() {
          signal.removeEventListener('abort', give);
          resolve();
        }
        function give() {
          alarms.delete(alarm);
          reject(signal.reason);
        }
      });
      if (auto) await advance(milliseconds);
      await woken;
    },
    within(milliseconds, signal) {
      const limit = new AbortController();
      const alarm = {
        at: now + milliseconds,
        ring: () => limit.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError')),
      };
      alarms.add(alarm);
      const either = AbortSignal.any([signal, limit.signal]);
      return Object.assign(either, { [Symbol.dispose]: () => void alarms.delete(alarm) });
    },
  };
}

/** Lets everything that can go on without the clock do so. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
