import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once, setMaxListeners } from 'node:events';
import { readdir } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { localShell } from '../../../src/adapters/local-shell.js';
import {
  type Effect,
  look,
  readStep,
  runStep,
  type StepId,
  showToken,
  takeOver,
} from '../../../src/operations/machine/machine.js';
import { posixBootstrap } from '../../../src/operations/machine/posix-bootstrap.js';
import { parseAnswer } from '../../../src/operations/machine/protocol.js';
import { type LinuxMachine, linuxMachine } from '../../support/linux-machine.js';

const never = new AbortController().signal;
setMaxListeners(0, never);

const skip = process.platform !== 'linux' && 'the wrapper for sh is for Linux';

const step = (token: number, name = 'one'): StepId => ({ operation: 'op-1', step: name, token });
const sh = (line: string): Effect => ({ action: 'run', words: ['sh', '-c', line] });

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let looks = 0; !(await holds()); looks++) {
    assert.ok(looks < 400, 'it does not come about');
    await delay(25);
  }
}

const counted = async ({ read }: LinuxMachine) => (await read('count')).trim().split('\n').filter(Boolean).length;

for (const [name, program] of [
  ['dash', '/bin/dash'],
  ['bash', '/bin/bash'],
  ['BusyBox', '/bin/busybox'],
] as const) {
  const missing = spawnSync(program, ['-c', ':']).error !== undefined && `${name} is not installed`;

  describe(`the wrapper in ${name}`, { skip: skip || missing }, () => {
    test('counts the connections of a port', async () => {
      await using linux = await linuxMachine({ sh: program });
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const clients = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')];
      await Promise.all(clients.map((client) => once(client, 'connect')));
      const before = await look(linux.machine, never, [port, 1]);

      for (const client of clients) client.destroy();
      server.close();

      await until(async () => (await look(linux.machine, never, [port])).connections?.[0] === 0);
      assert.deepEqual(before.connections, [2, 0]);
      assert.equal((await look(linux.machine, never)).connections, undefined);
    });

    test('runs a step once and keeps what came of it', async () => {
      await using linux = await linuxMachine({ sh: program });
      const effect = sh(`echo x >>'${linux.path('count')}'; echo said; echo complained >&2; exit 3`);

      const first = await runStep(linux.machine, step(7), effect, never);
      const second = await runStep(linux.machine, step(7), effect, never);

      assert.deepEqual(second, first);
      assert.equal(first.state, 'finished');
      const { exitCode, output, token, action } = first.record;
      assert.deepEqual([exitCode, output, token, action], [3, 'said\ncomplained\n', 7, 'run']);
      assert.match(first.record.finishedAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      assert.equal(first.boot, first.record.boot);
      assert.equal(await counted(linux), 1);
    });

    test('hands words over as they are', async () => {
      await using linux = await linuxMachine({ sh: program });
      const words = [
        '',
        ' ',
        "'",
        '"',
        '$(touch x)',
        '`touch x`',
        '\\',
        '\n',
        'a\n\n',
        '*',
        '-n',
        '%s',
        'ünï 🐙',
        ';',
        '~',
        '!',
      ];

      const outcome = await runStep(
        linux.machine,
        step(1),
        { action: 'run', words: ['printf', '<%s>', ...words] },
        never,
      );

      assert.equal(outcome.record.output, words.map((word) => `<${word}>`).join(''));
    });

    test('says lost of a step that is gone without a result', async () => {
      await using linux = await linuxMachine({ sh: program });
      const effect = sh(`echo x >>'${linux.path('count')}'; kill -9 0`);

      const first = await runStep(linux.machine, step(1), effect, never);
      const second = await runStep(linux.machine, step(1), effect, never);

      assert.deepEqual([first.state, second.state, await counted(linux)], ['lost', 'lost', 1]);
    });
  });
}

describe('the wrapper on Linux', { skip }, () => {
  test('refuses a token lower than the highest it has seen', async () => {
    await using linux = await linuxMachine();
    await showToken(linux.machine, 5, never);

    await assert.rejects(runStep(linux.machine, step(4), sh('true'), never), /another operation has taken over node-1/);
    await assert.rejects(showToken(linux.machine, 4, never), { kind: 'busy' });
    assert.deepEqual(await runStep(linux.machine, step(5), sh('true'), never).then(({ state }) => state), 'finished');
    await runStep(linux.machine, step(12, 'two'), sh('true'), never);
    await assert.rejects(runStep(linux.machine, step(5), sh('true'), never), { kind: 'busy' });
  });

  test('tells what is recorded', async () => {
    await using linux = await linuxMachine();
    const told = async () => (await readStep(linux.machine, step(0), never)).state;

    assert.equal(await told(), 'not-started');
    const running = runStep(
      linux.machine,
      step(1),
      sh(`while [ ! -e '${linux.path('go')}' ]; do sleep 0.05; done`),
      never,
    );
    await until(async () => (await told()) === 'running');
    await linux.write('go', '');
    await running;
    assert.equal(await told(), 'finished');
  });

  test('lets a step live on when its session is killed, and answers the next one with its result', async () => {
    await using linux = await linuxMachine();
    const session = new AbortController();
    const effect = sh(`echo x >>'${linux.path('count')}'; sleep 0.5; echo done`);
    const killed = runStep(linux.machine, step(1), effect, session.signal);
    await until(async () => (await counted(linux)) > 0);

    // A local shell that is aborted kills its session and everything in it with SIGKILL.
    session.abort(new Error('killed'));

    await assert.rejects(killed, /killed/);
    const outcome = await runStep(linux.machine, step(1), effect, never);
    assert.deepEqual([outcome.state, outcome.record.output, await counted(linux)], ['finished', 'done\n', 1]);
  });

  test('runs a step once, whenever its session is killed', async () => {
    await using linux = await linuxMachine();
    const effect = sh(`echo x >>'${linux.path('count')}'; echo done`);
    for (let i = 0; i < 8; i++) {
      const session = new AbortController();
      const killed = runStep(linux.machine, step(1, `s${i}`), effect, session.signal).catch(() => {});
      await delay(i * 18);
      session.abort();
      await killed;

      const { state } = await runStep(linux.machine, step(1, `s${i}`), effect, never);

      assert.deepEqual([state, await counted(linux)], ['finished', i + 1]);
    }
  });

  test('runs one step at a time', async () => {
    await using linux = await linuxMachine();
    const effect = sh(`echo begin >>'${linux.path('log')}'; sleep 0.1; echo end >>'${linux.path('log')}'`);

    const names = ['a', 'b', 'c', 'a', 'b'];
    await Promise.all(names.map((name) => runStep(linux.machine, step(1, name), effect, never)));

    assert.equal(await linux.read('log'), 'begin\nend\n'.repeat(3));
  });

  test('does not take a step for lost while its command lives', async () => {
    await using linux = await linuxMachine();
    const runner = '$(cut -d " " -f 5 /proc/self/stat)';
    const effect = sh(`kill -9 ${runner}; sleep 1; echo x >>'${linux.path('count')}'; sleep 0.3`);

    const outcome = await runStep(linux.machine, step(1), effect, never);

    assert.deepEqual([outcome.state, await counted(linux)], ['lost', 1]);
  });

  test('tells a new owner what an earlier one still runs, and lets it wait', async () => {
    await using linux = await linuxMachine();
    const effect = sh(`echo x >>'${linux.path('count')}'; sleep 1; echo x >>'${linux.path('count')}'`);
    const earlier = runStep(linux.machine, step(1), effect, never).catch((error: unknown) => error);
    await until(async () => (await counted(linux)) === 1);

    const { running } = await showToken(linux.machine, 2, never);
    await takeOver(linux.machine, 2, never);

    assert.deepEqual(running, step(1));
    assert.equal(await counted(linux), 2);
    assert.match(String(await earlier), /another operation has taken over/);
    assert.equal((await readStep(linux.machine, step(1), never)).state, 'finished');
  });

  test('does not hold on for what a step leaves running', async () => {
    await using linux = await linuxMachine();
    const pid = linux.path('pid');
    await runStep(linux.machine, step(1), sh(`sleep 30 & echo $! >'${pid}'`), never);

    const next = await runStep(linux.machine, step(1, 'two'), sh('true'), never);

    process.kill(Number(await linux.read('pid')));
    assert.equal(next.state, 'finished');
  });

  test('keeps the end of what was printed', async () => {
    await using linux = await linuxMachine();
    const words = ['awk', 'BEGIN { for (i = 1; i <= 100000; i++) print i }'];

    const { record } = await runStep(linux.machine, step(1), { action: 'run', words }, never);

    assert.equal(record.output.length, 65_536);
    assert.match(record.output, /\n100000\n$/);
  });

  test('says why it cannot keep records', async () => {
    await using linux = await linuxMachine();
    await linux.write('file', '');
    const machine = { ...linux.machine, state: linux.path('file/state') };

    await assert.rejects(runStep(machine, step(1), sh('true'), never), /on node-1: .*is not ours to write to/);
  });

  test('does not guess at a token that cannot be read', async () => {
    await using linux = await linuxMachine();
    await showToken(linux.machine, 1, never);
    await linux.write('state/token', 'garbage\n');

    await assert.rejects(showToken(linux.machine, 2, never), /state\/token is damaged/);
  });
});

describe('values given to the wrapper', { skip }, () => {
  const hostile = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom(...'\'"`$(){}[]<>|&;\\\n\t *?~#!%=,:-.touch x'.split('')), maxLength: 40 }),
    fc.constantFrom(
      '$(touch pwned)',
      '`touch pwned`',
      "'; touch pwned; '",
      '"; touch pwned; "',
      '\n touch pwned\n',
      '],"verb":"run',
    ),
  );
  const word = hostile.map((text) => Buffer.from(text.replaceAll('\0', '')).toString());

  test('reach a command unchanged, and are never run', async () => {
    await using linux = await linuxMachine();
    let i = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(word, { minLength: 1, maxLength: 12 }), async (words) => {
        const effect: Effect = { action: 'run', words: ['printf', '%s\\0', ...words] };
        const { record } = await runStep(linux.machine, step(1, `s${i++}`), effect, never);
        assert.equal(record.output, words.map((text) => `${text}\0`).join(''));
      }),
      { numRuns: 15 },
    );
    assert.deepEqual(
      await readdir(linux.path('state')).then((names) => names.filter((name) => /pwned/.test(name))),
      [],
    );
  });

  test('are refused where they are no name of a service', async () => {
    await using linux = await linuxMachine();
    await fc.assert(
      fc.asyncProperty(word, async (name) => {
        fc.pre(!/^[A-Za-z0-9:_.@\\-]*$/.test(name));
        const machine = { ...linux.machine, service: { manager: 'systemd', name } as const };
        await assert.rejects(runStep(machine, step(1), { action: 'service-stop' }, never), /name of the service/);
      }),
      { numRuns: 15 },
    );
    assert.equal(await linux.read('calls'), '');
  });

  test('are not believed to be well formed', async () => {
    await using linux = await linuxMachine();
    const shell = localShell({ environment: linux.environment });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom('verb', 'token', 'state', 'words', 'service', 'step'), word)),
        async (entries) => {
          const lines = entries.map(([name, value]) => `"${name}":"${value}",`);
          const { stdout } = await shell.run(
            posixBootstrap,
            `{\n${lines.join('\n')}\n"state":"L2Rldi9udWxs"\n}\n`,
            never,
          );
          assert.ok(['cannot', 'looked'].includes(parseAnswer(stdout)?.state ?? ''), stdout);
        },
      ),
      { numRuns: 15 },
    );
  });
});
