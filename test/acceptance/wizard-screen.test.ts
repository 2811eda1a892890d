import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type BuiltCli, builtCli, launcher } from '../support/built-cli.js';
import { screen } from '../support/screen.js';

const skip =
  process.platform === 'win32'
    ? 'machines run commands by sh'
    : spawnSync('tmux', ['-V']).error !== undefined && 'tmux is not installed';

const small = { columns: 80, rows: 24 };
const large = { columns: 200, rows: 50 };

const times = (text: string, part: RegExp): number => [...text.matchAll(new RegExp(part, 'g'))].length;

describe('the wizard on a real screen', { skip }, () => {
  let cli: BuiltCli;
  before(async () => {
    cli = await builtCli();
    assert.equal((await cli.run('lab up --machines 1 --nodes 0 --balancer none')).code, 0);
  });
  after(async () => {
    await cli[Symbol.asyncDispose]();
  });

  for (const [from, to] of [
    [small, large],
    [large, small],
  ] as const) {
    const sizes = `${from.columns}×${from.rows}, then ${to.columns}×${to.rows}`;
    test(`asks once, keeps what is typed, and goes on, at ${sizes}`, async () => {
      const share = join(cli.env['OCTO_HA_LAB_HOME'] ?? '', 'share');
      await using terminal = await screen(cli.env, from);
      await terminal.type(`clear; ${process.execPath} ${launcher} init --fresh; echo "exit $?"`);
      await terminal.press('Enter');
      const question = /\? The shared folder, as this machine reaches it:/;
      const first = await terminal.shows(question);
      assert.equal(times(first, question), 1, first);
      assert.ok(first.split('\n').every((line) => line.length <= from.columns));

      // Typed before, finished afterwards.
      await terminal.type(share.slice(0, 10));
      await terminal.shows(new RegExp(`reaches it:\\s+${share.slice(0, 10)}`));
      await terminal.resize(to.columns, to.rows);
      await terminal.type(share.slice(10));
      const folded = (text: string) => text.replaceAll('\n', '');
      const resized = await terminal.shows(/reaches it:/);
      assert.equal(times(resized, question), 1, resized);
      await terminal.press('Enter');

      const next = /\? The same folder, as the nodes know it:/;
      const second = await terminal.shows(next);
      assert.equal(times(second, next), 1, second);
      assert.ok(folded(second).includes(share), second);
      assert.ok(second.split('\n').every((line) => line.length <= to.columns));
      await terminal.press('Enter');
      const plan = await terminal.shows(/\? Do these things\? \(y\/N\)/);
      assert.ok(plan.split('\n').every((line) => line.length <= to.columns));
      await terminal.press('C-c');
      await terminal.shows(/exit 130/);
    });
  }
});
