import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { callsOn, lab, nodesOf, once } from '../support/bare-lab.js';
import { builtCli, launcher } from '../support/built-cli.js';
import { screen } from '../support/screen.js';

const noTmux = spawnSync('tmux', ['-V']).error !== undefined && 'tmux is not installed';
const skip = process.platform === 'win32' && 'machines run commands by sh';

describe('init at a terminal of 80 by 24', { skip: skip || noTmux }, () => {
  test('asks, is left by Ctrl-C at every question, and goes on there', async () => {
    await using cli = await builtCli();
    assert.equal((await cli.run('lab up --machines 2 --nodes 0 --balancer none')).code, 0);
    const answers = await readFile(lab(cli, 'answers.yaml'), 'utf8');
    const urls = [...answers.matchAll(/url: (\S+)/g)].map(([, url]) => url);
    await using terminal = await screen(cli.env);
    const start = () => terminal.type(`clear; ${process.execPath} ${launcher} init; echo "exit $?"`);
    const questions: readonly (readonly [RegExp, readonly string[]])[] = [
      [/\? The shared folder, as this machine reaches it:/, [lab(cli, 'share')]],
      [/\? The same folder, as the nodes know it:/, []],
      [/\? Do these things\? \(y\/N\)/, ['y']],
      [/\? The machines of the cluster:/, [`node-1,url=${urls[0]} node-2,url=${urls[1]}`]],
      [/\? What starts and stops Octopus Server there\?/, ['<Down>']],
      [/\? How many tasks is each new node to run at once\? \[5\]/, ['7']],
      [/\? Where is the master key of the cluster\? \[prompt\]/, [`file:${lab(cli, 'master-key')}`]],
      [/\? Do these things\? \(y\/N\)/, ['y']],
      [/\? Which load balancer is in front\?/, ['<Up>']],
      [/\? How often does it check a node\? \[2s\]/, ['500ms']],
      [/\? How many failed checks take a node out\? \[2\]/, []],
      [/\? How many passed checks bring it back\? \[2\]/, []],
      [/\? The web address that people type, which leads to the balancer: \[none\]/, []],
    ];

    await start();
    await terminal.press('Enter');
    for (const [question, keys] of questions) {
      await terminal.shows(question);
      await terminal.press('C-c');
      await terminal.shows(/interrupted; nothing was changed\n[\s\S]*exit 130|interrupted[\s\S]*exit 130/);
      await start();
      await terminal.press('Enter');
      await terminal.shows(question);
      for (const key of keys) await (/^<.*>$/.test(key) ? terminal.press(key.slice(1, -1)) : terminal.type(key));
      await terminal.press('Enter');
    }

    const seen = await terminal.shows(/The same without questions:[\s\S]*exit 0/);
    assert.match(seen, /octo-ha init --context lab --answers/);
    assert.deepEqual(await nodesOf(cli), ['node-1 running 7', 'node-2 running 7']);
    assert.deepEqual(await callsOn(cli, 'node-1'), once);
  });

  test('asks for the database, is left by Ctrl-C at every question, and goes on there', async () => {
    await using cli = await builtCli();
    await using terminal = await screen(cli.env);
    const start = () => terminal.type(`clear; ${process.execPath} ${launcher} init --step database; echo "exit $?"`);
    const questions: readonly (readonly [RegExp, string])[] = [
      [/\? What is the cluster called on this machine\? \[octopus\]/, 'prod'],
      [/\? How do you want to describe the database\?/, '<Down>'],
      [/\? Server, as HOST/, '127.0.0.1,1'],
      [/\? Database of Octopus Server: \[Octopus\]/, ''],
      [/\? How does octo-ha log in there\?/, ''],
      [/\? Login:/, 'octo'],
      [/\? Where is the password of that login\? \[prompt\]/, 'env:SQL_PASSWORD'],
      [/\? Where are octo-ha's own tables to be\?/, ''],
    ];
    const [name, ...others] = questions;
    // The connection is one answer, of several questions.
    const ofConnection = others.slice(0, 5);
    const answer = async (some: typeof questions) => {
      for (const [question, keys] of some) {
        await terminal.shows(question);
        if (/^<.*>$/.test(keys)) await terminal.press(keys.slice(1, -1));
        else if (keys !== '') await terminal.type(keys);
        await terminal.press('Enter');
      }
    };
    const leave = async (question: RegExp) => {
      await terminal.shows(question);
      await terminal.press('C-c');
      await terminal.shows(/interrupted[\s\S]*exit 130/);
    };
    const begin = async (some: typeof questions) => {
      await start();
      await terminal.press('Enter');
      await answer(some);
    };
    assert.ok(name);

    await begin([]);
    await leave(name[0]);
    for (const [i, [question]] of ofConnection.entries()) {
      await begin([name, ...ofConnection.slice(0, i)]);
      await leave(question);
    }
    const [password, placement] = others.slice(5);
    assert.ok(password && placement);
    await begin([name, ...ofConnection]);
    await leave(password[0]);
    await begin([name, password]);
    await leave(placement[0]);
    await begin([name, placement]);

    const seen = await terminal.shows(/exit \d+/);
    assert.match(seen, /SQL_PASSWORD/);
    assert.match(seen, /exit 2/);
    const kept = await readFile(join(dirname(cli.env['OCTO_HA_CONFIG'] ?? ''), 'init-prod.yaml'), 'utf8');
    assert.match(
      kept,
      /connection: Server=127\.0\.0\.1,1;Database=Octopus;User ID=octo\npassword:\n +env: SQL_PASSWORD/,
    );
  });
});
