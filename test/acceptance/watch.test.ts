import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { builtCli, launcher } from '../support/built-cli.js';
import { eventually } from '../support/eventually.js';
import { type Screen, screen } from '../support/screen.js';

const missing = spawnSync('tmux', ['-V']).error !== undefined && 'tmux is not installed';
const watch = `${process.execPath} ${launcher} status --watch --every 250ms; echo "exit $?"`;

const onAlternateScreen = (terminal: Screen, expected: '0' | '1') =>
  eventually(async () => assert.equal(await terminal.tells('#{alternate_on}'), expected));

describe('status --watch at a terminal', { skip: missing }, () => {
  test('fills 80×24 and 200×50 and what it is resized to, follows a drain, and gives the terminal back', async () => {
    await using cli = await builtCli();
    assert.equal((await cli.run('lab up --nodes 3 --balancer none')).code, 0);
    // One that is over, for an estimate, and one to watch.
    assert.equal((await cli.run('node drain node-3 --yes')).code, 0);
    assert.equal((await cli.run('node undrain node-3')).code, 0);
    // One more than the two others can run at once, so that node-2 has something to drain.
    await cli.run('lab submit --count 11 --duration 5m..5m');
    await eventually(async () => {
      const { node } = JSON.parse((await cli.run('node show node-2 --json')).stdout);
      assert.ok(node.runningTasks > 0);
    });

    for (const size of [
      { columns: 80, rows: 24 },
      { columns: 200, rows: 50 },
    ]) {
      await using terminal = await screen(cli.env, size);
      await terminal.type(`echo before; ${watch}`);
      await terminal.press('Enter');

      const seen = await terminal.shows(/node-3 +running +[█░]{10} \d\/5[\s\S]*Ctrl-C ends the watching/);
      assert.doesNotMatch(seen, /before/, 'it has a screen of its own');
      assert.equal(seen.split('\n')[0]?.startsWith('lab  '), true, seen);
      await onAlternateScreen(terminal, '1');
      assert.equal(await terminal.tells('#{cursor_flag}'), '0');

      await terminal.press('C-c');
      const after = await terminal.shows(/exit 130/);
      assert.match(after, /before[\s\S]*the watching has ended; the cluster goes on as it was/);
      assert.doesNotMatch(after, /Ctrl-C ends the watching/);
      await onAlternateScreen(terminal, '0');
      assert.equal(await terminal.tells('#{cursor_flag}'), '1');
    }

    await using terminal = await screen(cli.env);
    await terminal.type(watch);
    await terminal.press('Enter');
    await terminal.shows(/node-3 +running/);
    const drain = cli.start('node drain node-2 --yes --drain-timeout 5m --override capacity');
    await terminal.shows(
      /node-2 +draining[\s\S]*operation \S+: drain node-2 by [\s\S]*1\. drain node-2 +done\n +usually .*\(1 drain before\)/,
    );
    await terminal.resize(60, 12);
    const small = await terminal.shows(/operation \S+: drain/);
    assert.ok(small.trimEnd().split('\n').length <= 12);
    await terminal.shows(/Ctrl-C ends the watching\n*$/);
    await terminal.resize(120, 40);
    await terminal.shows(/node-1 +running[\s\S]*node-2 +draining[\s\S]*node-3 +running[\s\S]*operation/);
    drain.child.kill('SIGINT');
    await drain.ended;
    await terminal.shows(/capacity {2}\d+, \d+ without the largest node\s+Ctrl-C/);
  });

  for (const signal of ['TERM', 'HUP', 'TSTP'] as const) {
    test(`gives the terminal back at SIG${signal}`, async () => {
      await using cli = await builtCli();
      assert.equal((await cli.run('lab up --nodes 1 --balancer none')).code, 0);
      await using terminal = await screen(cli.env);
      await terminal.type(
        `sh -c 'echo $$ > "$OCTO_HA_CONFIG.pid"; exec ${process.execPath} ${launcher} status --watch'; echo "exit $?"`,
      );
      await terminal.press('Enter');
      await onAlternateScreen(terminal, '1');
      await terminal.shows(/node-1 +running/);

      spawnSync('sh', ['-c', `kill -${signal} "$(cat "$OCTO_HA_CONFIG.pid")"`], { env: cli.env });

      await onAlternateScreen(terminal, '0');
      if (signal !== 'TSTP') {
        await terminal.shows(signal === 'TERM' ? /exit 143/ : /exit 129/);
        return;
      }
      spawnSync('sh', ['-c', 'kill -CONT "$(cat "$OCTO_HA_CONFIG.pid")"'], { env: cli.env });
      await onAlternateScreen(terminal, '1');
      await terminal.shows(/node-1 +running/);
      spawnSync('sh', ['-c', 'kill -INT "$(cat "$OCTO_HA_CONFIG.pid")"'], { env: cli.env });
      await onAlternateScreen(terminal, '0');
    });
  }
});
