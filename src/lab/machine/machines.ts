import { Failure } from '../../errors.js';
import type { ReceivedRequest, ServedAnswer } from '../../ports/http-server.js';
import { type LabRecord, readRecord } from '../record.js';
import { call } from './control.js';
import { type MachineSurroundings, type SimulatedMachine, simulatedMachine } from './machine.js';
import { oneAtATime } from './one-at-a-time.js';

/**
 * All machines of a lab. One process hosts them, as a hypervisor does: a process for each of twenty would cost more
 * than the nodes do.
 */
export function labMachines(surroundings: MachineSurroundings, token: string, signal: AbortSignal) {
  const { home, clock, tell } = surroundings;
  const machines = new Map<string, SimulatedMachine>();
  const inTurn = oneAtATime();

  /** Answers with the ports that are taken. */
  async function sync(record: LabRecord): Promise<readonly number[]> {
    const wanted = new Map(record.machines.map((one) => [one.name, one]));
    for (const [name, machine] of machines) {
      if (wanted.get(name)?.ssh === machine.port && machine.isUp) continue;
      await machine.stop();
      machines.delete(name);
    }
    const taken: number[] = [];
    for (const [name, one] of wanted) {
      if (machines.has(name)) continue;
      const machine = simulatedMachine(one, surroundings, signal);
      try {
        await machine.start();
        machines.set(name, machine);
      } catch (error) {
        if (!(error instanceof Failure) || error.kind !== 'refused') throw error;
        taken.push(one.ssh);
      }
    }
    return taken;
  }

  const json = (value: unknown): ServedAnswer => ({ status: 200, body: JSON.stringify(value) });

  return {
    async answer({ target, headers, body }: ReceivedRequest): Promise<ServedAnswer> {
      if (headers['authorization'] !== `Bearer ${token}`) return { status: 403, body: '' };
      if (target === '/sync') {
        const record = await readRecord(home);
        return json({ taken: record === undefined ? [] : await inTurn(() => sync(record)) });
      }
      const { machine, program, argv } = call.parse(JSON.parse(body));
      const called = machines.get(machine);
      if (called === undefined) return { status: 404, body: `there is no machine ${machine}` };
      if (target !== '/lab') await called.record(program, argv);
      return json(await called.run(program, argv));
    },
    /** Looks after the nodes until `signal` aborts. */
    async live(every: number): Promise<void> {
      while (!signal.aborted) {
        await clock.sleep(every, signal).catch(() => {});
        for (const machine of signal.aborted ? [] : machines.values()) {
          await machine.keep().catch((error: Error) => tell(error.message));
        }
      }
    },
    async stop(): Promise<void> {
      for (const machine of machines.values()) await machine.stop();
    },
  };
}
