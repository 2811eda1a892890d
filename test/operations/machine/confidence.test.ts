import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { setMaxListeners } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { localShell } from '../../../src/adapters/local-shell.js';
import { runStep, type StepId } from '../../../src/operations/machine/machine.js';
import { confide } from '../../../src/operations/machine/protocol.js';
import { type LinuxMachine, linuxMachine } from '../../support/linux-machine.js';

const never = new AbortController().signal;
setMaxListeners(0, never);

const step = (token: number, name = 'one'): StepId => ({ operation: 'op-1', step: name, token });

/** Everything that the wrapper keeps, as one text. */
async function records(linux: LinuxMachine): Promise<string> {
  const found = await readdir(linux.path('state'), { recursive: true, withFileTypes: true });
  const files = found.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
  return (await Promise.all(files.map((file) => readFile(file, 'latin1')))).join('\n');
}

/** The processes that hold this text among their arguments or in their environment, with their arguments. */
async function whoShows(text: string): Promise<readonly { readonly argv: string; readonly where: string }[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = pids.map(async (pid) => {
    const read = (file: string) => readFile(`/proc/${pid}/${file}`, 'latin1').catch(() => '');
    const [argv, environ] = await Promise.all([read('cmdline'), read('environ')]);
    return [
      ...(argv.includes(text) ? [{ argv, where: 'arguments' }] : []),
      ...(environ.includes(text) ? [{ argv, where: 'environment' }] : []),
    ];
  });
  return (await Promise.all(found)).flat();
}

for (const [name, program] of [
  ['dash', '/bin/dash'],
  ['bash', '/bin/bash'],
  ['BusyBox', '/bin/busybox'],
] as const) {
  const missing = spawnSync(program, ['-c', ':']).error !== undefined && `${name} is not installed`;
  const skip = process.platform !== 'linux' ? 'the wrapper for sh is for Linux' : missing;

  describe(`what a command is told in confidence, in ${name}`, { skip }, () => {
    test('reaches it, and shows in nothing but its own arguments while it runs', async () => {
      await using linux = await linuxMachine({ sh: program });
      const word = `top"$(secret)'${process.pid}`;
      const value = `var-${process.pid} \\n;\``;
      await linux.write('told', '');
      const script = `printf '%s|%s' "$1" "$TOLD" >'${linux.path('told')}'; while [ ! -e '${linux.path('go')}' ]; do sleep 0.05; done`;
      const running = runStep(
        linux.machine,
        step(1),
        {
          action: 'run',
          words: ['sh', '-c', script, 'the command'],
          secrets: [confide.word(word), confide.variable('TOLD', value), confide.hidden(word)],
        },
        never,
      );
      for (let looks = 0; (await linux.read('told')) === '' && looks < 400; looks++) {
        await new Promise((done) => setTimeout(done, 25));
      }

      const shown = [...(await whoShows(word)), ...(await whoShows(value))];
      await linux.write('go', '');
      const outcome = await running;

      assert.equal(await linux.read('told'), `${word}|${value}`);
      assert.equal(outcome.record.exitCode, 0);
      const others = shown.filter(({ argv, where }) => where === 'arguments' && !argv.includes('the command'));
      assert.deepEqual(others, []);
      // The command has it in its arguments and its environment: the look would have found more.
      assert.ok(shown.some(({ where }) => where === 'arguments') && shown.some(({ where }) => where === 'environment'));
      assert.doesNotMatch(await records(linux), new RegExp(`${process.pid}`));
    });

    test('is taken out of what it prints before that is written down, and its exit code stays', async () => {
      await using linux = await linuxMachine({ sh: program });
      const secrets = ['p[a]ss*w?rd', 'x=1;Password="p[a]ss*w?rd"', 'word'];
      const script = `for one; do echo "told $one and $one."; done; printf 'no line end: %s' "$3" >&2; exit 7`;

      const outcome = await runStep(
        linux.machine,
        step(1),
        {
          action: 'run',
          words: ['sh', '-c', script, 'command'],
          secrets: [...secrets.map(confide.word), ...secrets.map(confide.hidden)],
        },
        never,
      );

      assert.equal(outcome.state, 'finished');
      assert.equal(outcome.record.exitCode, 7);
      assert.match(outcome.record.output, /^told \.\.\. and \.\.\.\.\n/);
      const kept = await records(linux);
      for (const secret of secrets.slice(0, 2)) assert.ok(!kept.includes(secret), secret);
    });

    test('is asked for again where a session was killed before it handed it over', async () => {
      await using linux = await linuxMachine({ sh: program });
      const words = ['sh', '-c', `echo x >>'${linux.path('count')}'; printf %s "$1" >'${linux.path('told')}'`, 'it'];
      const effect = { action: 'run', words, secrets: [confide.word('hush')] } as const;
      const shell = localShell({ environment: linux.environment });
      for (const after of [5, 15, 30, 50, 80]) {
        const limit = AbortSignal.any([never, AbortSignal.timeout(after)]);
        await runStep(linux.by(shell), step(1, `s${after}`), effect, limit).catch(() => undefined);

        const outcome = await runStep(linux.machine, step(1, `s${after}`), effect, never);

        assert.equal(outcome.record.exitCode, 0);
        assert.equal(await linux.read('told'), 'hush');
      }
      assert.equal((await linux.read('count')).trim().split('\n').length, 5);
    });
  });
}

describe('a secret', () => {
  test('of any characters reaches a command as it is', { skip: process.platform !== 'linux' }, async () => {
    await using linux = await linuxMachine();
    let runs = 0;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: lines are refused
    const text = fc.string({ unit: 'binary', minLength: 1 }).filter((one) => !/[\u0000-\u001f\u007f]/.test(one));
    await fc.assert(
      fc.asyncProperty(text, async (raw) => {
        const secret = Buffer.from(raw).toString();
        const effect = {
          action: 'run',
          words: ['sh', '-c', 'printf %s "$1" >"$2"', 'it'],
          secrets: [confide.word(secret), confide.word(linux.path('told')), confide.hidden(secret)],
        } as const;

        await runStep(linux.machine, step(1, `r${++runs}`), effect, never);

        assert.equal(await linux.read('told'), secret);
      }),
      { numRuns: 25 },
    );
  });

  test('is refused without being told where a line would end in it', () => {
    for (const make of [confide.word, confide.hidden, (text: string) => confide.variable('X', text)]) {
      for (const text of ['', 'geheim\nx', 'geheim\0']) {
        assert.throws(
          () => make(text),
          (error: Error) => !error.message.includes('geheim'),
        );
      }
    }
  });
});
