import { setMaxListeners } from 'node:events';

/** Aborts when this process is asked to end, however often it is asked. */
export function askedToEnd(): AbortSignal {
  const ending = new AbortController();
  // Everything that waits listens to it; many at once are no leak.
  setMaxListeners(0, ending.signal);
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => ending.abort(new Error(`ended by ${signal}`)));
  }
  return ending.signal;
}
