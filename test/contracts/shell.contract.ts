import assert from 'node:assert/strict';
import { setMaxListeners } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { Failure } from '../../src/errors.js';
import type { Bootstrap, Shell } from '../../src/ports/shell.js';

export interface ShellUnderTest {
  readonly language: Bootstrap['language'];
  /** Why it cannot be tested here. */
  readonly missing?: string | false;
  open(options: { readonly outputLimit?: number }): Promise<Shell>;
}

const never = new AbortController().signal;
setMaxListeners(0, never);

/** What every shell must do, whatever machine and language is behind it. */
export function shellContract(name: string, { language, missing = false, open }: ShellUnderTest): void {
  const bootstraps = programs[language];

  describe(`${name} is a shell`, { skip: missing }, () => {
    let shell: Shell;
    before(async () => {
      shell = await open({});
    });
    after(() => shell?.[Symbol.asyncDispose]());

    test('gives back what was printed, stream by stream, and the exit code', async () => {
      const { exitCode, stdout, stderr } = await shell.run(bootstraps.speak, '{}', never);

      assert.deepEqual([exitCode, stdout.trim(), stderr.trim()], [42, 'to stdout', 'to stderr']);
    });

    test('hands the document over byte by byte', async () => {
      const document = JSON.stringify({ text: 'quotes \' " ` $(touch x) %PATH% \\ ünïcödé 🐙', lines: '1\n2\r\n' });

      const { stdout } = await shell.run(bootstraps.echo, document, never);

      assert.equal(stdout.trim(), Buffer.from(document).toString('base64'));
    });

    test('hands over a document of megabytes and gives back as much', async () => {
      const document = JSON.stringify('0123456789abcdef'.repeat(128 * 1024));

      const { exitCode, stdout } = await shell.run(bootstraps.echo, document, never);

      assert.equal(exitCode, 0);
      assert.equal(Buffer.from(stdout, 'base64').toString() === document, true);
    });

    test('does not mind a program that reads nothing', async () => {
      const { exitCode } = await shell.run(bootstraps.speak, JSON.stringify('x'.repeat(1024 * 1024)), never);

      assert.equal(exitCode, 42);
    });

    test('runs a dozen at once and mixes nothing up', async () => {
      const documents = Array.from({ length: 12 }, (_, i) => JSON.stringify({ i }));

      const answers = await Promise.all(documents.map((document) => shell.run(bootstraps.echo, document, never)));

      assert.deepEqual(
        answers.map(({ stdout }) => Buffer.from(stdout, 'base64').toString()),
        documents,
      );
    });

    test('stops waiting when aborted, and runs the next one', async () => {
      const { signal, abort } = aborting();
      const hanging = shell.run(bootstraps.hang, '{}', signal);
      setTimeout(abort, 300);

      await assert.rejects(hanging, /enough/);

      assert.equal((await shell.run(bootstraps.speak, '{}', never)).exitCode, 42);
    });

    test('gives up what is not done in its time as unknown, and runs the next one', async () => {
      const hanging = shell.run(bootstraps.hang, '{}', never, 300);

      await assert.rejects(
        hanging,
        (error) => error instanceof Failure && error.kind === 'unknown' && /within 0\.3 s/.test(error.message),
      );

      assert.equal((await shell.run(bootstraps.speak, '{}', never)).exitCode, 42);
    });

    test('runs nothing once aborted', async () => {
      const { signal, abort } = aborting();
      abort();

      await assert.rejects(shell.run(bootstraps.hang, '{}', signal), /enough/);
    });

    test('says that the result is unknown when more is printed than it keeps', async () => {
      await using narrow = await open({ outputLimit: 64 * 1024 });

      const flood = narrow.run(bootstraps.flood, '{}', never);

      await assert.rejects(flood, (error) => error instanceof Failure && error.kind === 'unknown');
    });
  });
}

function aborting() {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort(new Error('enough')) };
}

type Program = 'speak' | 'echo' | 'hang' | 'flood';

const scripts: Record<Bootstrap['language'], Record<Program, string>> = {
  sh: {
    speak: 'echo to stdout; echo to stderr >&2; exit 42',
    echo: "base64 | tr -d '\\n'",
    // Ends by itself once nobody listens: a server may not pass the signal on.
    hang: 'i=0; while [ $i -lt 300 ]; do echo .; sleep 0.2; i=$((i + 1)); done',
    flood: 'while :; do echo 0123456789012345678901234567890123456789; done',
  },
  powershell: {
    speak: '[Console]::Out.WriteLine("to stdout"); [Console]::Error.WriteLine("to stderr"); exit 42',
    echo: `
$from = [Console]::OpenStandardInput(); $all = New-Object IO.MemoryStream
$from.CopyTo($all); [Console]::Out.Write([Convert]::ToBase64String($all.ToArray()))`,
    hang: 'Start-Sleep 60',
    flood: 'for (;;) { [Console]::Out.WriteLine("0" * 4096) }',
  },
};

const programs = Object.fromEntries(
  Object.entries(scripts).map(([language, byName]) => [
    language,
    Object.fromEntries(Object.entries(byName).map(([name, script]) => [name, { language, script }])),
  ]),
) as Record<Bootstrap['language'], Record<Program, Bootstrap>>;
