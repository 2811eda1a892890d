/** Lets at most so many run at once; the others wait in the order they came. */
export function limiter(most: number): <T>(run: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (run) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await run();
    } finally {
      // Whoever waits takes the place over, so nobody who comes meanwhile gets in front.
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}
