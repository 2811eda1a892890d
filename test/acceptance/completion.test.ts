import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { builtCli, launcher } from '../support/built-cli.js';
import { type Screen, screen } from '../support/screen.js';
import { type SqliteCluster, sqliteCluster } from '../support/sqlite-cluster.js';
import { tdsServer } from '../support/tds-server.js';

/** Names that would run a program, or end a word, if a shell took them as they are; each begins with its own letter. */
const evil = ['x$(touch PWNED)', 'y;touch PWNED', `z'"\`touch PWNED\` & > PWNED`, 'u touch PWNED'];

const shells = [
  ['bash', 'bash --norc --noprofile -i', ["PS1='ready> '", 'source <(octo-ha completion bash)']],
  ['zsh', 'zsh -f -i', ["PS1='ready> '", 'autoload -U compinit; compinit -D', 'source <(octo-ha completion zsh)']],
  ['fish', 'fish --no-config -i', ["function fish_prompt; echo 'ready> '; end", 'octo-ha completion fish | source']],
] as const;

const isThere = (program: string, ...args: string[]) => spawnSync(program, args).error === undefined;

describe('completion', () => {
  let cluster: SqliteCluster;
  let directory: string;
  let env: NodeJS.ProcessEnv;

  before(async () => {
    cluster = await sqliteCluster(['web-2', ...evil]);
    directory = await mkdtemp(join(tmpdir(), 'octo-ha-completion-'));
    await writeFile(join(directory, 'octo-ha'), `#!/bin/sh\nexec '${process.execPath}' '${launcher}' "$@"\n`, {
      mode: 0o755,
    });
    await writeFile(join(directory, 'config.yaml'), cluster.context, { mode: 0o600 });
    await writeFile(join(directory, 'certificates.pem'), '');
    env = {
      ...process.env,
      HOME: directory,
      PATH: [directory, process.env['PATH']].join(delimiter),
      OCTO_HA_CONFIG: join(directory, 'config.yaml'),
      NO_COLOR: '1',
      // The machine of a test may be slow; that the limit holds is a test of its own.
      OCTO_HA_COMPLETION_LIMIT: '20s',
    };
  });

  after(async () => {
    await rm(directory, { recursive: true, force: true });
    await cluster[Symbol.asyncDispose]();
  });

  for (const [name, start, setup] of shells) {
    const missing = !(isThere('tmux', '-V') && isThere(name, '--version')) && `${name} or tmux is not installed`;

    describe(`in ${name}`, { skip: missing }, () => {
      async function shell(): Promise<Screen> {
        const terminal = await screen(env, { columns: 100, rows: 30 });
        await line(terminal, `cd ${directory}; ${start}`);
        for (const [i, word] of setup.entries())
          await line(terminal, `${word}; echo step-${i}`, new RegExp(`^step-${i}`, 'm'));
        await terminal.type('clear');
        await terminal.press('Enter');
        return terminal;
      }

      async function line(terminal: Screen, text: string, shows = /[$>#%] *$/m) {
        await terminal.type(text);
        await terminal.press('Enter');
        await terminal.shows(shows);
      }

      test('TAB completes the name of a node from the database, a command, a flag and a value', async () => {
        await using terminal = await shell();

        for (const [typed, completed] of [
          ['octo-ha node drain w', 'octo-ha node drain web-2'],
          ['octo-ha node dr', 'octo-ha node drain'],
          ['octo-ha node drain web-2 --drain-', 'octo-ha node drain web-2 --drain-timeout'],
          ['octo-ha node drain web-2 --on-timeout l', 'octo-ha node drain web-2 --on-timeout leave'],
          ['octo-ha node drain web-2 --on-timeout=l', 'octo-ha node drain web-2 --on-timeout=leave'],
          ['octo-ha wait drained=w', 'octo-ha wait drained=web-2'],
          ['octo-ha status --config cert', 'octo-ha status --config certificates.pem'],
        ] as const) {
          await terminal.type(typed);
          await terminal.press('Tab');
          await terminal.shows(new RegExp(`ready> ${completed.replaceAll('.', '\\.')}`));
          await terminal.press('C-u');
          await terminal.type('clear');
          await terminal.press('Enter');
          await terminal.shows(/^ready>\s*$/);
        }
      });

      for (const node of evil) {
        test(`a node named ${node} stays one word`, async () => {
          await using terminal = await shell();

          await terminal.type(`octo-ha node show ${node[0]}`);
          await terminal.press('Tab');
          await terminal.shows(/ready> octo-ha node show .*PWNED/);
          await terminal.press('Enter');
          const seen = await terminal.shows(/^id +/m);

          assert.ok(seen.includes(`\n${node}\n`), seen);
          assert.deepEqual(
            (await readdir(directory)).filter((file) => file === 'PWNED'),
            [],
          );
        });
      }
    });
  }

  test('gives up in time where the database does not answer, and asks nobody', async () => {
    await using server = await tdsServer({ login: () => 'silence' });
    const connection = `Server=127.0.0.1,${server.port};Database=Octopus;User ID=a;Password=b;Encrypt=False`;
    await using cli = await builtCli({ extra: { OCTO_HA_DATABASE: connection, OCTO_HA_TIMEOUT: '1h' } });

    const { code, stdout, stderr } = await cli.run('__complete bash -- node drain w');

    assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: '', stderr: '' });
  });

  test('fetches no password that a person or another program would be asked for', async () => {
    const marker = join(directory, 'asked');
    const database = (password: string) =>
      `current: p\ncontexts:\n  p:\n    database: { connection: "Server=127.0.0.1,9;Database=O;User ID=a", password: ${password} }\n`;
    for (const password of ['{ prompt: true }', `{ command: [touch, ${marker}] }`, '{ keyring: none }']) {
      await using cli = await builtCli({ context: database(password), extra: { OCTO_HA_COMPLETION_LIMIT: '20s' } });

      const { code, stdout, stderr } = await cli.run('__complete bash -- node drain w');

      assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: '', stderr: '' });
    }
    assert.equal(existsSync(marker), false);
  });
});
