import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { machineDisk, type Unit } from '../../../src/lab/machine/disk.js';
import type { NodeService, Started } from '../../../src/lab/machine/node-service.js';
import { systemctl } from '../../../src/lab/machine/systemctl.js';
import { parseStartType } from '../../../src/operations/machine/start-type.js';
import { memoryFolder } from '../../support/memory-folder.js';

const { signal } = new AbortController();
const installed: Unit = { instance: 'Default', enabled: 'yes', masked: 'no', restart: 'no' };

/** A machine whose node starts and stops without a process. */
async function machine(unit: Unit | undefined = installed, { starts = 'started' as Started } = {}) {
  const disk = machineDisk(memoryFolder(), 'node-1');
  if (unit !== undefined) await disk.unit.write(unit);
  let running = true;
  let reboots = 0;
  const service: NodeService = {
    isRunning: async () => running,
    start: async () => {
      if (((await disk.unit.read())?.masked ?? 'no') !== 'no') return 'masked';
      running = starts === 'started';
      return starts;
    },
    stop: async () => {
      running = false;
    },
    keep: async () => {},
    cycle: async () => {},
    adopt: async () => {},
    outcome: starts === 'failed' ? 'failed' : 'inactive',
    pid: 42,
  };
  const reboot = () => void reboots++;
  return {
    run: async (line: string) => {
      const { exitCode, stdout, stderr } = await systemctl(line.split(' '), { disk, service, reboot }, signal);
      return [exitCode, `${stdout}${stderr}`.trim()] as const;
    },
    get reboots() {
      return reboots;
    },
  };
}

describe('systemctl of a machine in the lab', () => {
  test('shows what it is asked for, of a unit that is there and of one that is not', async () => {
    const { run } = await machine();
    const asks = 'show -p LoadState -p ActiveState -p UnitFileState --';

    assert.deepEqual(await run(`${asks} octopus-server`), [
      0,
      'LoadState=loaded\nActiveState=active\nUnitFileState=enabled',
    ]);
    assert.deepEqual(await run(`${asks} other.service`), [
      0,
      'LoadState=not-found\nActiveState=inactive\nUnitFileState=',
    ]);
    assert.deepEqual(await run('show --property=MainPID octopus-server.service'), [0, 'MainPID=42']);
  });

  test('goes through every start type, and says each in a word that octo-ha can bring back', async () => {
    const { run } = await machine();
    const seen: string[] = [];
    for (const change of [...['disable', 'mask', 'unmask', 'enable --runtime', 'mask --runtime', 'unmask', 'enable']]) {
      assert.equal((await run(`${change} octopus-server`))[0], 0);
      const [code, word] = await run('is-enabled octopus-server');
      seen.push(`${word} ${code} ${parseStartType('systemd', word).type}`);
    }

    assert.deepEqual(seen, [
      'disabled 1 manual',
      'masked 1 disabled',
      'disabled 1 manual',
      'enabled-runtime 0 auto',
      'masked-runtime 1 disabled',
      'enabled-runtime 0 auto',
      'enabled 0 auto',
    ]);
  });

  test('keeps being enabled under a mask, as links do', async () => {
    const { run } = await machine();

    assert.match((await run('mask octopus-server')).join(), /→ \/dev\/null/);
    assert.match((await run('enable octopus-server')).join(), /^1,.*is masked/);
    assert.match((await run('start octopus-server')).join(), /^1,Failed to start .*is masked/);
    await run('unmask octopus-server');

    assert.deepEqual(await run('is-enabled octopus-server'), [0, 'enabled']);
  });

  test('starts and stops, and says which it is', async () => {
    const { run } = await machine();

    assert.deepEqual(await run('stop octopus-server'), [0, '']);
    assert.deepEqual(await run('is-active octopus-server'), [3, 'inactive']);
    assert.deepEqual(await run('restart octopus-server'), [0, '']);
    assert.deepEqual(await run('is-active octopus-server'), [0, 'active']);
  });

  test('says of a service that could not be started that it failed', async () => {
    const { run } = await machine(installed, { starts: 'failed' });

    assert.match((await run('start octopus-server')).join(), /^1,Job for octopus-server\.service failed/);
    assert.deepEqual(await run('is-active octopus-server'), [3, 'failed']);
  });

  for (const [line, code, message] of [
    ['start other', 5, /Unit other\.service not found/],
    ['stop other', 5, /Unit other\.service not loaded/],
    ['is-enabled other', 4, /^not-found$/],
    ['enable other', 1, /Unit file other\.service does not exist/],
    ['mask other', 1, /Unit file other\.service does not exist/],
    ['frobnicate octopus-server', 1, /Unknown command verb 'frobnicate'/],
    ['start', 1, /Too few arguments/],
  ] as const) {
    test(`answers ${line} with ${code}`, async () => {
      const [exitCode, said] = await (await machine()).run(line);

      assert.equal(exitCode, code);
      assert.match(said, message);
    });
  }

  test('has the machine start anew when it is told to', async () => {
    const here = await machine();

    assert.deepEqual(await here.run('reboot'), [0, '']);

    assert.equal(here.reboots, 1);
  });
});
