import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { faults } from '../chaos/faults/index.js';
import { findFault } from '../chaos/faults.js';
import { type BuiltCli, builtCli } from '../support/built-cli.js';
import { faultLab } from '../support/chaos/fault-lab.js';
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
      'fail load-balancer/reachable',
      'fail cluster/api-answers',
      ...['node-1', 'node-2', 'node-3'].map((name) => `fail network/balancer-from-node ${name}`),
    ];
    await eventually(async () => assert.deepEqual(await problems(cli), gone));
  });
});

/** One of each family; `npm run chaos` tries them all. */
const few = [
  'host-key-changed',
  'replicated',
  'balancer-accepts-418',
  'balancer-certificate-expired',
  'hold-left-behind',
];

describe('of the catalogue of faults', () => {
  test('a handful is named among the first three findings, with nothing that is not part of it', async () => {
    await using lab = await faultLab();
    for (const id of few) {
      const fault = faults.find((one) => one.id === id);
      assert.ok(fault, id);
      await findFault(lab, fault);
    }
  });

  test('each has an Id of its own, and they are at least forty', () => {
    assert.equal(new Set(faults.map(({ id }) => id)).size, faults.length);
    assert.ok(faults.length >= 40, String(faults.length));
  });
});
