import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { localShell } from '../../../src/adapters/local-shell.js';
import { systemClock } from '../../../src/adapters/system-clock.js';
import {
  type Effect,
  type Machine,
  readStep,
  runStep,
  type StepId,
  showToken,
} from '../../../src/operations/machine/machine.js';
import {
  setStartType,
  startService,
  stopService,
  suspendWatchdog,
} from '../../../src/operations/machine/service-control.js';
import { readService } from '../../../src/operations/machine/service-state.js';
import type { Shell } from '../../../src/ports/shell.js';
import { windowsSshShell, withoutWindowsSsh } from '../../support/windows-ssh.js';

const never = new AbortController().signal;
setMaxListeners(0, never);

const step = (token: number, name = 'one'): StepId => ({ operation: 'op-1', step: name, token });
const onWindows = process.platform === 'win32';
const serviceControl = 'C:\\Windows\\System32\\sc.exe';
const elsewhere = !onWindows && 'Windows only';

/** These tests look at files of the machine, so it has to be this one, also by ssh. */
for (const [name, missing, open] of [
  ['a local shell', elsewhere, () => localShell()],
  ['OpenSSH', elsewhere || withoutWindowsSsh, () => windowsSshShell()],
] as const) {
  describe(`the wrapper on Windows by ${name}`, { skip: missing }, () => {
    let shell: Shell;
    let directory: string;
    let machine: Machine;
    const path = (file: string) => join(directory, file);
    const counted = async () =>
      (await readFile(path('count'), 'utf8').catch(() => '')).split(/\r?\n/).filter(Boolean).length;
    const line = (shellLine: string): Effect => ({ action: 'run', shellLine });
    const state = () => path(`state ${randomBytes(4).toString('hex')}`);

    before(async () => {
      shell = open();
      directory = await mkdtemp(join(tmpdir(), 'octo-ha windows-'));
      machine = {
        name: 'node-1',
        shell,
        clock: systemClock,
        service: { manager: 'windows', name: 'Octo HA: test' },
      };
      // It does not start, which is as good for what is tested here.
      execFileSync(serviceControl, [
        'create',
        'Octo HA: test',
        'binPath=',
        'C:\\Windows\\System32\\svchost.exe -k LocalService',
      ]);
    });
    after(async () => {
      execFileSync(serviceControl, ['delete', 'Octo HA: test']);
      await shell[Symbol.asyncDispose]();
      await rm(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 500 });
    });

    test('runs a step once and keeps what came of it', async () => {
      const here = { ...machine, state: state() };
      const effect = line(`echo x>>"${path('count')}"& echo said& echo complained 1>&2& exit 3`);

      const first = await runStep(here, step(7), effect, never);
      const second = await runStep(here, step(7), effect, never);

      assert.deepEqual(second, first);
      assert.equal(first.record.exitCode, 3);
      assert.match(first.record.output, /said[\s\S]*complained/);
      assert.equal(first.boot, first.record.boot);
      assert.equal(await counted(), 1);
    });

    test('refuses a token lower than the highest it has seen', async () => {
      const here = { ...machine, state: state() };
      await showToken(here, 10, never);

      await assert.rejects(runStep(here, step(9), line('exit 0'), never), { kind: 'busy' });
      assert.equal((await readStep(here, step(9), never)).state, 'not-started');
    });

    test('hands words over as they are', async () => {
      const words = ['', ' ', '"', '$(x)', '`', '%PATH%', '\\', 'a\\"b', "'", '&', '|', 'ünï'];
      const script = 'process.stdout.write(JSON.stringify(process.argv.slice(1)))';
      const effect: Effect = { action: 'run', words: [process.execPath, '-e', script, '--', ...words] };

      const { record } = await runStep({ ...machine, state: state() }, step(1), effect, never);

      assert.deepEqual(JSON.parse(record.output), words);
    });

    test('lets a step live on when its session is gone', async () => {
      const here = { ...machine, state: state() };
      const begun = await counted();
      const effect = line(`echo x>>"${path('count')}"& ping -n 4 127.0.0.1 >nul& echo done`);
      const session = new AbortController();
      const killed = runStep(here, step(1), effect, session.signal).catch(() => undefined);
      while ((await counted()) === begun) await delay(50);

      session.abort();
      await killed;
      const outcome = await runStep(here, step(1), effect, never);

      assert.deepEqual([outcome.state, outcome.record.exitCode, await counted()], ['finished', 0, begun + 1]);
    });

    test('runs one step at a time', async () => {
      const here = { ...machine, state: state() };
      const log = path('log');
      const effect = line(`echo begin>>"${log}"& ping -n 2 127.0.0.1 >nul& echo end>>"${log}"`);

      await Promise.all(['a', 'b', 'a'].map((one) => runStep(here, step(1, one), effect, never)));

      assert.deepEqual((await readFile(log, 'utf8')).split(/\s+/).filter(Boolean), ['begin', 'end', 'begin', 'end']);
      await rm(log);
    });

    test('says lost of a step that is gone without a result', async () => {
      const here = { ...machine, state: state() };
      const script = "require('node:child_process').spawnSync('taskkill.exe', ['/F', '/PID', String(process.ppid)])";
      const effect: Effect = { action: 'run', words: [process.execPath, '-e', script] };

      assert.equal((await runStep(here, step(1), effect, never)).state, 'lost');
      assert.equal((await runStep(here, step(1), effect, never)).state, 'lost');
    });

    test('changes how a service starts and brings it back', async () => {
      const here = { ...machine, state: state() };
      const auto = await setStartType(here, step(1, 'a'), 'auto', never);
      const disabled = await setStartType(here, step(1, 'b'), 'disabled', never);
      const back = await setStartType(here, step(1, 'c'), disabled.before, never);

      assert.deepEqual(
        [auto.before.type, disabled.before.type, disabled.after.type, back.after],
        ['manual', 'auto', 'disabled', disabled.before],
      );
      const { state: now, start } = await readService(here, never);
      assert.deepEqual([now, start], ['stopped', disabled.before]);
      await stopService(here, step(1, 'd'), {}, never);
      await assert.rejects(startService(here, step(1, 'e'), never), { kind: 'failed' });
    });

    test('finds a service that does not exist missing', async () => {
      const here: Machine = { ...machine, service: { manager: 'windows', name: 'no such service' }, state: state() };

      assert.equal((await readService(here, never)).state, 'missing');
      await assert.rejects(stopService(here, step(1), {}, never), /there is no service no such service/);
    });

    test('has no watchdog where Octopus is not installed', async () => {
      assert.deepEqual(await suspendWatchdog({ ...machine, state: state() }, step(1), never), []);
    });
  });
}
