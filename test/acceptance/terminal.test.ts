import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { builtCli, launcher } from '../support/built-cli.js';
import { eventually } from '../support/eventually.js';
import { screen } from '../support/screen.js';

const missing = spawnSync('tmux', ['-V']).error !== undefined && 'tmux is not installed';

describe('at a terminal', { skip: missing }, () => {
  test('a drain asks, takes no for an answer, is left by Ctrl-C at the question, and goes on with yes', async () => {
    await using cli = await builtCli();
    assert.equal((await cli.run('lab up --nodes 2 --balancer none')).code, 0);
    await using terminal = await screen(cli.env);
    const drain = `${process.execPath} ${launcher} node drain node-2; echo "exit $?"`;
    const flag = async () => JSON.parse((await cli.run('node show node-2 --json')).stdout).node.draining;

    await terminal.type(drain);
    await terminal.press('Enter');
    await terminal.shows(/capacity 10 → 5\n\? Drain node-2\? \(y\/N\)/);
    await terminal.press('Enter');
    await terminal.shows(/not confirmed; nothing was changed\nexit 3/);

    await terminal.type(`clear; ${drain}`);
    await terminal.press('Enter');
    await terminal.shows(/\? Drain node-2\? \(y\/N\)/);
    await terminal.press('C-c');
    await terminal.shows(/interrupted; nothing was changed\nexit 130/);
    assert.equal(await flag(), false);

    await terminal.type(`clear; ${drain}`);
    await terminal.press('Enter');
    await terminal.shows(/\? Drain node-2\? \(y\/N\)/);
    await terminal.type('y');
    await terminal.press('Enter');
    await terminal.shows(/node-2 is drained after [\s\S]*exit 0/);
    assert.equal(await flag(), true);
  });

  test('Ctrl-C while it waits says what stands and how to go on', async () => {
    await using cli = await builtCli();
    assert.equal((await cli.run('lab up --nodes 2 --balancer none')).code, 0);
    await cli.run('lab submit --count 4 --duration 60s..60s');
    await eventually(async () => {
      const { node } = JSON.parse((await cli.run('node show node-2 --json')).stdout);
      assert.ok(node.runningTasks > 0);
    });
    await using terminal = await screen(cli.env);

    await terminal.type(`${process.execPath} ${launcher} node drain node-2 --yes; echo "exit $?"`);
    await terminal.press('Enter');
    await terminal.shows(/waiting for \d tasks?: ServerTasks-/);
    await terminal.press('C-c');

    const seen = await terminal.shows(/exit 130/);
    assert.match(seen, /ended by SIGINT; node-2 gets no new tasks/);
    assert.match(
      seen,
      /Go on waiting: {8}octo-ha node drain node-2\nGive it tasks again: {2}octo-ha node undrain node-2\nexit 130/,
    );
  });
});
