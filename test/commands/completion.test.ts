import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { type Candidate, candidates, type Names } from '../../src/commands/completion/candidates.js';
import { completionScripts } from '../../src/commands/completion/scripts.js';
import { typedWords } from '../../src/commands/completion/typed-words.js';
import { commands } from '../../src/commands/index.js';
import { longFlag } from '../../src/commands/long-flag.js';

const named = (...values: string[]): readonly Candidate[] => values.map((value) => ({ value, description: '' }));

const names = (nodes: readonly string[] = ['web-1', 'web-2', 'WEB-3']): Names => ({
  nodes: async () => named(...nodes),
  operations: async (which) => named(which === 'all' ? '20260301-done' : '20260302-open'),
  contexts: async () => named('prod', 'test'),
  guards: async () => named('capacity', 'last-task-node'),
  explained: async () => named('capacity', '7'),
});

async function offered(line: string): Promise<readonly string[] | 'files'> {
  const found = await candidates(commands, line.split(' '), names());
  return found === 'files' ? found : found.map(({ value }) => value);
}

describe('what is offered', () => {
  for (const [line, expected] of [
    ['node dr', ['drain']],
    ['node drain ', ['web-1', 'web-2', 'WEB-3']],
    ['node drain w', ['web-1', 'web-2', 'WEB-3']],
    ['node ok-to-stop web-1 w', ['web-2', 'WEB-3']],
    ['node drain web-1 ', []],
    ['--json node drain web-', ['web-1', 'web-2', 'WEB-3']],
    ['-c prod node drain web-1 --on-timeout ', ['leave', 'undrain', 'cancel-tasks']],
    ['node drain --on-timeout=u', ['--on-timeout=undrain']],
    ['node drain --exp', ['--expect']],
    ['node drain -- --exp', []],
    ['audit --node ', ['web-1', 'web-2', 'WEB-3']],
    ['status -c ', ['prod', 'test']],
    ['context use p', ['prod']],
    ['status -o ', ['text', 'json', 'ndjson', 'yaml', 'name']],
    ['status --config ', 'files'],
    ['status --reason ', []],
    ['node drain x --override ', ['capacity', 'last-task-node']],
    ['node drain x --confirm web-2', ['web-2']],
    ['operation resume ', ['20260302-open']],
    ['operation show ', ['20260301-done']],
    ['wait ', ['ready', 'drained=', 'running=', 'tasks-below=']],
    ['wait drained=web-1', ['drained=web-1']],
    ['explain cap', ['capacity']],
    ['completion ', ['bash', 'zsh', 'fish', 'powershell']],
    ['nodee dr', []],
    ['__', []],
  ] as const) {
    test(`octo-ha ${line}`, async () => {
      assert.deepEqual(await offered(line), expected);
    });
  }

  for (const [name, load] of Object.entries(commands)) {
    test(`octo-ha ${name}: its own words and all of its flags`, async () => {
      const words = name.split(' ');
      assert.ok((await offered([...words.slice(0, -1), ''].join(' '))).includes(words.at(-1) ?? ''));
      const flags = await offered(`${name} --`);
      for (const key of Object.keys((await load()).options)) assert.ok(flags.includes(longFlag(key)), key);
    });
  }

  test('never a name that could steer a terminal or be taken for a flag', async () => {
    const found = await candidates(
      commands,
      ['node', 'drain', ''],
      names(['a\nb', 'a\u001b[2J', 'a\tb', '\u202eevil', '--yes', 'ok']),
    );

    assert.deepEqual(found, named('ok'));
  });
});

describe('the words of bash', () => {
  for (const [parts, words, kept] of [
    [['node', 'drain', 'w'], ['node', 'drain', 'w'], ''],
    [['node', 'drain', '--on-timeout', '='], ['node', 'drain', '--on-timeout='], '--on-timeout='],
    [['node', 'drain', '--on-timeout', '=', 'le'], ['node', 'drain', '--on-timeout=le'], '--on-timeout='],
    [['wait', 'drained', '=', 'web', ':', '1'], ['wait', 'drained=web:1'], 'drained=web:'],
    [['node', 'show', 'a\\ b'], ['node', 'show', 'a b'], ''],
    [['node', 'show', "'a b'", ''], ['node', 'show', 'a b', ''], ''],
  ] as const) {
    test(parts.join(' '), () => {
      assert.deepEqual(typedWords('bash', parts), { words, kept });
    });
  }
});

describe('a name from the database', () => {
  const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }).filter((text) => !/\0/.test(text));

  test('is one line of the answer, whatever it holds', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(name), async (nodes) => {
        const found = await candidates(commands, ['node', 'drain', ''], names(nodes));
        assert.ok(found !== 'files');
        for (const { value } of found) assert.match(value, /^[^\p{Cc}]+$/u);
      }),
    );
  });

  test('cannot break out of the line that bash completes: evaluated, it is that name and nothing else', async () => {
    const risky = fc.array(
      fc.constantFrom(...'$(){}[]<>|&;\'"`\\!#*?~^%@=: abc-é東', '$(touch PWNED)', ';touch PWNED;'),
      {
        minLength: 1,
        maxLength: 12,
      },
    );
    const samples = [
      ...new Set(
        fc.sample(
          fc.oneof(
            risky.map((parts) => parts.join('')),
            name,
          ),
          300,
        ),
      ),
    ];
    const all = await candidates(commands, ['node', 'drain', ''], names(samples));
    assert.ok(all !== 'files' && all.length > 200);
    const expected = all.map(({ value }) => value);
    const directory = await mkdtemp(join(tmpdir(), 'octo-ha-names-'));
    try {
      await writeFile(join(directory, 'answer'), all.map(({ value }) => `${value}\n`).join(''));
      await writeFile(join(directory, 'octo-ha'), '#!/bin/sh\ncat answer\n', { mode: 0o755 });
      const script = `${completionScripts.bash}
set +o histexpand
COMP_WORDS=(octo-ha node drain '') COMP_CWORD=3
_octo_ha
for one in "\${COMPREPLY[@]}"; do
  eval "words=($one)"
  printf '%s\\0%s\\0' "\${#words[@]}" "\${words[0]}"
done
`;
      const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', script], {
        cwd: directory,
        env: { ...process.env, PATH: [directory, process.env['PATH']].join(delimiter), LC_ALL: 'C.UTF-8' },
        encoding: 'utf8',
      });

      assert.equal(stderr, '');
      const told = stdout.split('\0').slice(0, -1);
      assert.deepEqual(
        told.filter((_, i) => i % 2 === 1),
        expected,
      );
      assert.deepEqual(new Set(told.filter((_, i) => i % 2 === 0)), new Set(['1']));
      await assert.rejects(readFile(join(directory, 'PWNED')));
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});

test('the script of PowerShell is the one that was looked at', async () => {
  const path = fileURLToPath(new URL('completion.golden.ps1', import.meta.url));
  if (process.env['UPDATE_GOLDEN']) await writeFile(path, completionScripts.powershell);

  assert.equal(completionScripts.powershell, await readFile(path, 'utf8'));
});
