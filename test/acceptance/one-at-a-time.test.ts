import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { sshShell } from '../../src/adapters/ssh/ssh-shell.js';
import { runStep } from '../../src/operations/machine/machine.js';
import { contest, stoppedOwner } from '../support/chaos/contenders.js';
import { killableLab, noMachines } from '../support/chaos/killable-lab.js';
import { labMachine } from '../support/lab-machines.js';
import { newSeed, seeded } from '../support/seeded.js';

describe('two processes that start operations at the same moment', { skip: noMachines }, () => {
  const seed = newSeed();
  test(`one runs, and the other exits 8 and has changed nothing, 10 times: seed ${seed}`, async () => {
    await using lab = await killableLab();
    const random = seeded(seed);
    const { round } = await contest(lab);

    for (let i = 0; i < 10; i++) await round(random);
  });
});

describe('an owner that is stopped, overtaken and goes on', { skip: noMachines }, () => {
  test('touches no row any more, and the machine refuses its token', async () => {
    await using lab = await killableLab();
    await lab.up(3);
    await lab.ok('lab submit --count 6 --duration 1s..2s');

    await stoppedOwner(lab, 'node-2', 2);

    const [last] = await lab.rows('SELECT token FROM octo_ha.lease');
    const configuration = { file: join(lab.home, 'ssh/config') };
    await using shell = sshShell({ host: 'node-2' }, { ask: async () => undefined, configuration });
    const machine = labMachine('node-2', shell);
    const step = { operation: 'late', step: '1', token: Number(last?.['token']) - 1 };
    await assert.rejects(
      runStep(machine, step, { action: 'service-stop' }, new AbortController().signal),
      /another operation has taken over node-2 meanwhile/,
    );
  });
});
