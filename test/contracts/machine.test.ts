import assert from 'node:assert/strict';
import { setMaxListeners } from 'node:events';
import { describe, test } from 'node:test';
import { systemClock } from '../../src/adapters/system-clock.js';
import { Failure } from '../../src/errors.js';
import { look, type Machine, readStep, runStep, type StepId, showToken } from '../../src/operations/machine/machine.js';
import { setStartType, startService, stopService } from '../../src/operations/machine/service-control.js';
import { readService } from '../../src/operations/machine/service-state.js';
import { FakeMachine } from '../support/fake-machine.js';
import { linuxMachine } from '../support/linux-machine.js';

const { signal } = new AbortController();
setMaxListeners(0, signal);
const step = (name: string, token = 1): StepId => ({ operation: 'op-1', step: name, token });

interface Given extends AsyncDisposable {
  readonly machine: Machine;
}

const fake = async (): Promise<Given> => {
  const { shell } = new FakeMachine();
  const service = { manager: 'systemd', name: 'octopus' } as const;
  return {
    machine: { name: 'a machine in memory', shell, clock: systemClock, service },
    [Symbol.asyncDispose]: async () => {},
  };
};

/** What every machine does that the wrapper stands on. The one in memory does it, or tests over it prove nothing. */
for (const [name, open, skip] of [
  ['a machine in memory', fake, false],
  ['a machine behind the wrapper', linuxMachine, process.platform !== 'linux' && 'the wrapper for sh is for Linux'],
] as const) {
  describe(`${name} is a machine`, { skip }, () => {
    test('stops and starts a service, and tells how it stands', async () => {
      await using given = await open();
      const { machine } = given;
      const states: string[] = [(await readService(machine, signal)).state];

      await stopService(machine, step('1'), {}, signal);
      states.push((await readService(machine, signal)).state);
      await startService(machine, step('2'), signal);
      states.push((await readService(machine, signal)).state);

      assert.deepEqual(states, ['running', 'stopped', 'running']);
    });

    test('takes a step once, and answers with its result ever after', async () => {
      await using given = await open();
      const { machine } = given;
      const first = await setStartType(machine, step('1'), 'disabled', signal);

      const again = await setStartType(machine, step('1'), 'disabled', signal);
      const back = await setStartType(machine, step('2'), first.before, signal);

      assert.deepEqual(again, first);
      assert.deepEqual([first.before, first.after.type], [{ type: 'auto', native: 'enabled' }, 'disabled']);
      assert.deepEqual(back.after, first.before);
    });

    test('refuses a token lower than the highest it has seen', async () => {
      await using given = await open();
      const { machine } = given;
      await showToken(machine, 5, signal);

      await assert.rejects(
        stopService(machine, step('1', 4), {}, signal),
        (error) => error instanceof Failure && error.kind === 'busy',
      );
      assert.equal((await readService(machine, signal)).state, 'running');
    });

    test('tells of a step what came of it, or that it was never begun', async () => {
      await using given = await open();
      const { machine } = given;
      await stopService(machine, step('1'), {}, signal);

      const done = await readStep(machine, step('1'), signal);
      const never = await readStep(machine, step('2'), signal);

      assert.deepEqual([done.state, never.state], ['finished', 'not-started']);
      assert.equal(done.boot, (await look(machine, signal)).boot);
    });

    test('runs a command, and any exit code is an answer', async () => {
      await using given = await open();
      const words = ['sh', '-c', 'exit 0'];

      const outcome = await runStep(given.machine, step('1'), { action: 'run', words }, signal);

      assert.equal(outcome.state === 'finished' && outcome.record.exitCode, 0);
    });

    test('counts connections of the ports that are asked for', async () => {
      await using given = await open();

      assert.deepEqual((await look(given.machine, signal, [1, 2])).connections, [0, 0]);
      assert.equal((await look(given.machine, signal)).connections, undefined);
    });
  });
}
