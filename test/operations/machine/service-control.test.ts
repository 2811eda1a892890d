import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Failure } from '../../../src/errors.js';
import { toBase64 } from '../../../src/operations/machine/base64.js';
import { look, type Machine, type StepId } from '../../../src/operations/machine/machine.js';
import {
  cancelTasks,
  reboot,
  restoreWatchdog,
  runOwnCommand,
  setStartType,
  startService,
  stopService,
  suspendWatchdog,
  waitForNewStart,
} from '../../../src/operations/machine/service-control.js';
import { readService } from '../../../src/operations/machine/service-state.js';
import { linuxMachine } from '../../support/linux-machine.js';
import { manualClock } from '../../support/manual-clock.js';

const never = new AbortController().signal;
const skip = process.platform !== 'linux' && 'the wrapper for sh is for Linux';

let steps = 0;
const step = (): StepId => ({ operation: 'op-1', step: `s${steps++}`, token: 1 });
const seen = async (machine: Machine) => {
  const { state, start } = await readService(machine, never);
  return [state, start?.type, start?.native];
};

describe('a systemd service', { skip }, () => {
  test('is stopped, kept from starting, and brought back as it was', async () => {
    await using linux = await linuxMachine();
    const { machine } = linux;
    assert.deepEqual(await seen(machine), ['running', 'auto', 'enabled']);

    const { before, after } = await setStartType(machine, step(), 'disabled', never);
    await stopService(machine, step(), {}, never);

    assert.deepEqual(
      [before, after],
      [
        { type: 'auto', native: 'enabled' },
        { type: 'disabled', native: 'masked' },
      ],
    );
    assert.deepEqual(await seen(machine), ['stopped', 'disabled', 'masked']);
    await assert.rejects(
      startService(machine, step(), never),
      (error) =>
        error instanceof Failure && error.kind === 'failed' && /could not start octopus: .*masked/.test(error.message),
    );
    assert.deepEqual((await setStartType(machine, step(), before, never)).after, before);
    await startService(machine, step(), never);
    assert.deepEqual(await seen(machine), ['running', 'auto', 'enabled']);
  });

  test('whose unit cannot be masked is off, and that is said', async () => {
    await using linux = await linuxMachine();
    await linux.write('in-etc', '');

    const { after } = await setStartType(linux.machine, step(), 'disabled', never);

    assert.deepEqual(after, { type: 'manual', native: 'disabled' });
  });

  test('is made to start by itself, or only when told to', async () => {
    await using linux = await linuxMachine();
    await linux.write('start', 'masked\n');

    assert.deepEqual((await setStartType(linux.machine, step(), 'auto', never)).after.native, 'enabled');
    assert.deepEqual((await setStartType(linux.machine, step(), 'manual', never)).after.native, 'disabled');
  });

  test('that does not exist is missing, and is not stopped', async () => {
    await using linux = await linuxMachine();
    const machine = { ...linux.machine, service: { manager: 'systemd', name: 'missing' } as const };

    assert.deepEqual(await seen(machine), ['missing', undefined, undefined]);
    await assert.rejects(stopService(machine, step(), {}, never), /could not stop missing: .*could not be found/);
    await assert.rejects(setStartType(machine, step(), 'manual', never), /could not change how missing starts/);
  });

  test('in a state that nobody knows is not guessed at', async () => {
    await using linux = await linuxMachine();
    await linux.write('active', 'levitating\n');

    await assert.rejects(readService(linux.machine, never), /is not understood: .*levitating/s);
  });

  test('has no watchdog', async () => {
    await using linux = await linuxMachine();

    const tasks = await suspendWatchdog(linux.machine, step(), never);
    await restoreWatchdog(linux.machine, step(), tasks, never);

    assert.deepEqual(tasks, []);
  });
});

describe('a container', { skip }, () => {
  test('is stopped, kept from starting, and brought back as it was', async () => {
    await using linux = await linuxMachine({ manager: 'docker' });
    const { machine } = linux;
    await linux.write('start', 'on-failure:5\n');
    assert.deepEqual(await seen(machine), ['running', 'auto', 'on-failure:5']);

    const { before } = await setStartType(machine, step(), 'disabled', never);
    await stopService(machine, step(), { grace: 90 }, never);
    assert.deepEqual(await seen(machine), ['stopped', 'manual', 'no']);
    await setStartType(machine, step(), before, never);
    await startService(machine, step(), never);

    assert.deepEqual(await seen(machine), ['running', 'auto', 'on-failure:5']);
    assert.match(await linux.read('calls'), /^docker stop -t 90 -- octopus$/m);
  });

  test('that does not exist is missing', async () => {
    await using linux = await linuxMachine({ manager: 'docker' });
    const machine = { ...linux.machine, service: { manager: 'docker', name: 'gone' } as const };

    assert.deepEqual(await seen(machine), ['missing', undefined, undefined]);
  });

  test('cancels its tasks by its own Octopus Server', async () => {
    await using linux = await linuxMachine({ manager: 'docker' });

    await cancelTasks(linux.machine, step(), { instance: 'It’s $(mine)', wait: 30 }, never);

    assert.match(
      await linux.read('calls'),
      /^docker exec octopus \/Octopus\/Octopus\.Server node --instance It’s \$\(mine\) --drain=true --cancel-tasks --wait=30$/m,
    );
  });
});

describe('a machine', { skip }, () => {
  test("runs an administrator's command, as words or as a line, and tells how it ended", async () => {
    await using linux = await linuxMachine();

    const line = await runOwnCommand(linux.machine, step(), { shellLine: 'echo "$((1 + 1))" | cat; exit 4' }, never);
    const words = await runOwnCommand(linux.machine, step(), { words: ['echo', '$((1 + 1))'] }, never);

    assert.deepEqual([line.exitCode, line.output, words.exitCode, words.output], [4, '2\n', 0, '$((1 + 1))\n']);
    await assert.rejects(runOwnCommand(linux.machine, step(), { words: [] }, never), { kind: 'usage' });
  });

  test('says that a step was lost', async () => {
    await using linux = await linuxMachine();

    await assert.rejects(
      runOwnCommand(linux.machine, step(), { shellLine: 'kill -9 0' }, never),
      (error) => error instanceof Failure && error.kind === 'unknown' && /--rerun-step/.test(error.hint ?? ''),
    );
  });

  test('is rebooted once, and is back when it answers from another start', async () => {
    await using linux = await linuxMachine();
    const { machine } = linux;
    const once = step();

    const { bootBefore } = await reboot(machine, once, never);
    await reboot(machine, once, never);

    assert.equal((await linux.read('calls')).match(/^systemctl reboot$/gm)?.length, 1);
    assert.equal(bootBefore, (await readService(machine, never)).boot);
    assert.equal(await waitForNewStart(machine, 'an earlier one', never), bootBefore);
  });

  test('that went down before it recorded so has rebooted', async () => {
    const answer = (state: string, boot: string, exitCode: string) =>
      `octo-ha:${JSON.stringify({
        ...{ state, highest: '1', boot },
        record: {
          token: '1',
          action: 'reboot',
          startedAt: '',
          boot: 'A',
          exitCode,
          finishedAt: '',
          output: '',
          result: '',
        },
      })}\n`;
    const looked = `octo-ha:${JSON.stringify({ state: 'looked', highest: '0', boot: 'B', exitCode: '0', result: toBase64('missing') })}`;
    const answers: (() => string)[] = [];
    const machine: Machine = {
      name: 'node-1',
      clock: manualClock({ auto: true }),
      service: { manager: 'windows', name: 'OctopusDeploy' },
      shell: {
        name: 'node-1',
        run: async () => ({ exitCode: 0, stdout: answers.shift()?.() ?? '', stderr: '' }),
        async [Symbol.asyncDispose]() {},
      },
    };
    const down = () => {
      throw new Failure('unreachable', 'nothing listens there');
    };
    const lost = () => {
      throw new Failure('unknown', 'contact was lost');
    };

    answers.push(lost, down, down, () => answer('lost', 'B', ''));
    assert.deepEqual(await reboot(machine, step(), never), { bootBefore: 'A' });
    answers.push(
      down,
      lost,
      () => looked.replace('"B"', '"A"'),
      () => looked,
    );
    assert.equal(await waitForNewStart(machine, 'A', never), 'B');

    answers.push(lost, down, () => looked);
    assert.equal((await look(machine, never)).boot, 'B', 'contact was lost in the midst of a look');
    answers.push(down, () => looked);
    await assert.rejects(look(machine, never), { kind: 'unreachable' });
    answers.splice(0);

    answers.push(() => answer('lost', 'A', ''));
    await assert.rejects(reboot(machine, step(), never), { kind: 'unknown' });
    answers.push(lost, ...Array.from({ length: 200 }, () => down));
    await assert.rejects(reboot(machine, step(), never), { kind: 'unknown' });
  });
});
