import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type BuiltCli, builtCli } from '../support/built-cli.js';
import { eventually } from '../support/eventually.js';

interface Output {
  readonly results: readonly { id: string; node: string | null; status: string; problem: string | null }[];
}

async function problems(cli: BuiltCli, line = 'doctor'): Promise<readonly string[]> {
  const { stdout, stderr } = await cli.run(`${line} --json`);
  assert.ok(stdout.startsWith('{'), stderr);
  return (JSON.parse(stdout) as Output).results
    .filter(({ status }) => ['warn', 'fail', 'unknown', 'crash'].includes(status))
    .map(({ id, node, status }) => [status, id, node].filter((word) => word !== null).join(' '));
}

describe('doctor in a lab', () => {
  test('finds nothing in a healthy one, says it in one line, and finds a node that was killed', async () => {
    await using cli = await builtCli();
    const up = await cli.run('lab up --nodes 3 --unwatched');
    assert.equal(up.code, 0, up.stderr);

    // The balancer may have to see its nodes up first.
    await cli.run('doctor --wait 30s');
    const { code, stdout, stderr } = await cli.run('doctor --fail-on warn');
    assert.equal(code, 0, stdout);
    assert.equal(stderr, '');
    assert.match(stdout, /^lab healthy: \d+ passed, \d+ skipped in \S+; why: --show skip\n$/);

    const { nodes, balancer } = JSON.parse((await cli.run('lab status --json')).stdout) as {
      nodes: { name: string; pid: number }[];
      balancer: { pid: number };
    };
    const victim = nodes.find(({ name }) => name === 'node-2');
    process.kill(victim?.pid ?? Number.NaN, 'SIGKILL');
    // The database does not see it any more, and its machine says that the service is not running.
    const found = ['fail nodes/heartbeat node-2', 'fail nodes/service-running node-2'];
    await eventually(async () => assert.deepEqual(await problems(cli), found));

    const report = join(cli.env['OCTO_HA_LAB_HOME'] ?? '', '..', 'report.html');
    const failing = await cli.run(`doctor --report ${report} --diff`);
    assert.equal(failing.code, 4);
    assert.match(failing.stdout, /still there/);
    assert.match(await readFile(report, 'utf8'), /node-2/);

    await cli.run('lab up');
    await cli.run('doctor --wait 30s');
    assert.deepEqual(await problems(cli), []);
    process.kill(balancer.pid, 'SIGKILL');
    // The API of the lab is asked through it.
    const gone = [
      'fail cluster/api-answers',
      ...['node-1', 'node-2', 'node-3'].map((name) => `fail network/balancer-from-node ${name}`),
      'fail load-balancer/reachable',
    ];
    await eventually(async () => assert.deepEqual(await problems(cli), gone));
  });
});
