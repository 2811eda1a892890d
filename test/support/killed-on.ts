import type { Session } from '../../src/ports/database.js';
import type { Shell } from '../../src/ports/shell.js';

/** Ends the run right after a machine has taken a step that `isLast` picks: its answer is never used. */
export function killedOn(isLast: (document: Readonly<Record<string, string>>) => boolean) {
  let dead = false;
  const unlessDead = async <T>(call: () => Promise<T>): Promise<T> => {
    if (dead) throw new Error('killed');
    return await call();
  };
  return {
    session: (real: Session): Session => ({
      ...real,
      read: (statements, signal) => unlessDead(() => real.read(statements, signal)),
      change: (steps, signal) => unlessDead(() => real.change(steps, signal)),
      [Symbol.asyncDispose]: async () => {},
    }),
    shell: (real: Shell): Shell => ({
      ...real,
      run: (bootstrap, document, signal) =>
        unlessDead(async () => {
          const answer = await real.run(bootstrap, document, signal);
          if (!isLast(JSON.parse(document))) return answer;
          dead = true;
          throw new Error('killed');
        }),
    }),
  };
}
