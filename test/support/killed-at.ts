import type { Session } from '../../src/ports/database.js';
import type { Shell } from '../../src/ports/shell.js';

class Killed extends Error {}

export interface Kill {
  readonly session: (real: Session) => Session;
  readonly shell: (real: Shell) => Shell;
  readonly calls: number;
}

/**
 * Ends the run at its `boundary`-th call that may change something, at the database or on a machine: before the call
 * reached the other side, or after it did and before the answer was used. What a killed process would have done
 * afterwards is not done. A kill at a call that reads is the same as one at the next call that changes.
 */
export function killedAt(boundary: number, when: 'before' | 'after'): Kill {
  let calls = 0;
  let dead = false;
  async function unlessDead<T>(call: () => Promise<T>): Promise<T> {
    if (dead) throw new Killed();
    return await call();
  }

  async function through<T>(call: () => Promise<T>): Promise<T> {
    const mine = calls++;
    if (dead || (mine === boundary && when === 'before')) {
      dead = true;
      throw new Killed();
    }
    const result = await call();
    if (mine !== boundary) return result;
    dead = true;
    throw new Killed();
  }
  return {
    get calls() {
      return calls;
    },
    session: (real) => ({
      ...real,
      read: (statements, signal) => unlessDead(() => real.read(statements, signal)),
      change: (steps, signal) => through(() => real.change(steps, signal)),
      [Symbol.asyncDispose]: async () => {},
    }),
    shell: (real) => ({
      ...real,
      run: (bootstrap, document, signal) => {
        const { verb } = JSON.parse(document);
        const call = () => real.run(bootstrap, document, signal);
        return verb === 'run' || verb === 'show' ? through(call) : unlessDead(call);
      },
    }),
  };
}
