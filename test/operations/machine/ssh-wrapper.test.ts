import assert from 'node:assert/strict';
import { setMaxListeners } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { sshShell } from '../../../src/adapters/ssh/ssh-shell.js';
import { type Effect, runStep, type StepId } from '../../../src/operations/machine/machine.js';
import { linuxMachine } from '../../support/linux-machine.js';
import { makeKeys, publicKey, startOpenSsh, startWire, withoutOpenSsh } from '../../support/open-ssh.js';

const never = new AbortController().signal;
setMaxListeners(0, never);

describe('the wrapper over OpenSSH', { skip: withoutOpenSsh }, () => {
  test('finishes a step whose connection is cut, and answers with its result on the next', async () => {
    await using keys = await makeKeys();
    await using server = await startOpenSsh(keys);
    await using wire = await startWire(server.port);
    await using linux = await linuxMachine();
    const known = `[127.0.0.1]:${wire.port} ${await publicKey(server.hostKeys.ed25519)}\n`;
    await writeFile(keys.path('known'), known);
    const configuration = [
      `UserKnownHostsFile ${keys.path('known')}`,
      'GlobalKnownHostsFile none',
      'IdentityAgent none',
    ];
    await writeFile(keys.path('config'), `${configuration.join('\n')}\n`);
    await using shell = sshShell(
      { host: '127.0.0.1', port: wire.port, user: server.user, keyFiles: [keys.plain] },
      { ask: async () => undefined, configuration: { file: keys.path('config') } },
    );
    const machine = linux.by(shell);
    const step: StepId = { operation: 'op-1', step: 'one', token: 1 };
    const count = linux.path('count');
    const effect: Effect = { action: 'run', shellLine: `echo x >>'${count}'; sleep 1; echo "still here"` };

    const running = runStep(machine, step, effect, never);
    while ((await linux.read('count')) === '') await delay(20);
    wire.cut();
    const outcome = await running;

    assert.deepEqual(
      [outcome.state, outcome.record.output, await linux.read('count')],
      ['finished', 'still here\n', 'x\n'],
    );
    const names = ['a', 'b', 'c', 'a'];
    const once: Effect = { action: 'run', words: ['sh', '-c', `echo y >>'${count}'`] };
    await Promise.all(names.map((name) => runStep(machine, { ...step, step: name }, once, never)));
    assert.equal(await linux.read('count'), 'x\ny\ny\ny\n');
  });
});
