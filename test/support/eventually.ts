import { setTimeout as sleep } from 'node:timers/promises';

/** Asks again and again until nothing is wrong any more; what is wrong in the end is thrown. */
export async function eventually<T>(holds: () => Promise<T> | T, { within = 30_000, every = 50 } = {}): Promise<T> {
  for (const until = Date.now() + within; ; await sleep(every)) {
    try {
      return await holds();
    } catch (error) {
      if (Date.now() >= until) throw error;
    }
  }
}
