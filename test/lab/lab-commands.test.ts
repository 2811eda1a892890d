import assert from 'node:assert/strict';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type BuiltCli, builtCli } from '../support/built-cli.js';
import { eventually } from '../support/eventually.js';

async function json(cli: BuiltCli, line: string) {
  const { code, stdout, stderr } = await cli.run(`${line} --json`);
  assert.equal(code, 0, `${line}: ${stdout}${stderr}`);
  return JSON.parse(stdout);
}

describe('the commands of the lab', () => {
  test('bring a cluster up, use it as people would, and take it down', async () => {
    await using cli = await builtCli();

    const up = await json(cli, 'lab up --nodes 2 --balancer own');
    assert.deepEqual(up.context, { name: 'lab', selected: true });
    const { nodes } = await json(cli, 'status');
    assert.deepEqual(
      nodes.map(({ name, state }: { name: string; state: string }) => [name, state]),
      [
        ['node-1', 'running'],
        ['node-2', 'running'],
      ],
    );
    const { context: _, ...look } = up;
    assert.deepEqual(await json(cli, 'lab status'), look);

    const { tasks } = await json(cli, 'lab submit --count 1 --duration 100ms --human');
    await eventually(async () => {
      assert.deepEqual((await json(cli, 'lab submit --answer')).answered, tasks);
    });
    const load = await json(cli, 'lab load --rate 50 --for 1s --tasks-per-second 2 --duration 100ms..200ms');
    assert.equal(load.web.failed, 0);
    assert.ok(load.web.sent >= 50 && load.tasks.finished === load.tasks.submitted, JSON.stringify(load));

    const down = await json(cli, 'lab down');
    assert.deepEqual([down.processes, down.killed], [4, 0]);
    await assert.rejects(access(up.home));
    const afterwards = await cli.run('status');
    assert.equal(afterwards.code, 2);
    assert.match(afterwards.stderr, /no cluster is chosen/);
  });

  test('end a load with its result on Ctrl-C, and with 1 when something failed', async () => {
    await using cli = await builtCli();
    const up = await json(cli, 'lab up --nodes 2 --balancer none --unwatched');

    const { child, ended } = cli.start('lab load --rate 50 --for 10m --tasks-per-second 2 --duration 100ms --json');
    await eventually(() => access(join(up.share, 'TaskLogs/ServerTasks-1.txt')));
    child.kill('SIGINT');
    const well = await ended;
    assert.equal(well.code, 0, well.stderr);
    assert.equal(JSON.parse(well.stdout).web.failed, 0);

    process.kill(up.nodes[1].pid, 'SIGKILL');
    const badly = await cli.run('lab load --rate 50 --for 1s --json');

    assert.equal(badly.code, 1);
    const { error } = JSON.parse(badly.stdout);
    assert.ok(error.web.failed > 0 && error.web.reasons['connection refused'] > 0, badly.stdout);
  });

  for (const [line, code, message] of [
    ['lab status', 2, /there is no lab in .*\nStart one with: octo-ha lab up/],
    ['lab submit', 2, /there is no lab/],
    ['lab load', 2, /there is no lab/],
    ['lab submit --duration 5s..1s', 2, /5s\.\.1s is no range of durations/],
    ['lab up --nodes 51', 2, /51 is no whole number/],
    ['lab up --nodes 0', 2, /a lab has at least one machine\nSay how many: --machines 3/],
    ['lab down', 0, /^$/],
  ] as const) {
    test(`answer ${line} without a lab`, async () => {
      await using cli = await builtCli();

      const ended = await cli.run(line);

      assert.equal(ended.code, code, ended.stderr);
      assert.match(ended.stderr, message);
    });
  }
});
