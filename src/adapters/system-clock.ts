import { setMaxListeners } from 'node:events';
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
  within(milliseconds, signal) {
    // Not AbortSignal.any with AbortSignal.timeout: either can be collected as garbage and then never aborts.
    // https://github.com/nodejs/node/issues/57736, https://github.com/nodejs/node/issues/65995
    const either = new AbortController();
    // Everything done within that time listens to it; many at once are no leak.
    setMaxListeners(0, either.signal);
    const follow = () => {
      isOver();
      either.abort(signal.reason);
    };
    const timer = setTimeout(() => {
      isOver();
      either.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError'));
    }, milliseconds);
    timer.unref();
    function isOver() {
      clearTimeout(timer);
      signal.removeEventListener('abort', follow);
    }
    if (signal.aborted) follow();
    else signal.addEventListener('abort', follow, { once: true });
    return Object.assign(either.signal, { [Symbol.dispose]: isOver });
  },
};
