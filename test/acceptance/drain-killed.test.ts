import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type BuiltCli, builtCli } from '../support/built-cli.js';

/** Moments at which the process is killed, in milliseconds from its start; a new seed for each run of the tests. */
const moments = Array.from({ length: 10 }, () => Math.round(100 + Math.random() * 1_600));

async function nodeStates(cli: BuiltCli): Promise<readonly string[]> {
  const { stdout } = await cli.run('node list --json');
  const { nodes } = JSON.parse(stdout) as { nodes: { name: string; draining: boolean; taskCap: number }[] };
  return nodes.map(({ name, draining, taskCap }) => `${name} ${draining} ${taskCap}`);
}

async function lastOperation(cli: BuiltCli): Promise<{ kind: string; state: string }> {
  const { stdout } = await cli.run('operation list --json');
  const { operations } = JSON.parse(stdout) as { operations: { kind: string; state: string }[] };
  const [{ kind, state } = { kind: '', state: '' }] = operations;
  return { kind, state };
}

describe('a drain that is killed with SIGKILL', () => {
  test(`ends as an undisturbed one when it is run again, killed after ${moments.join(', ')} ms`, async () => {
    await using cli = await builtCli();
    const up = await cli.run('lab up --nodes 3 --balancer none');
    assert.equal(up.code, 0, up.stderr);

    assert.equal((await cli.run('node drain node-2 --yes')).code, 0);
    const goal = { states: await nodeStates(cli), operation: await lastOperation(cli) };
    assert.equal((await cli.run('node undrain node-2')).code, 0);
    const start = await nodeStates(cli);

    for (const moment of moments) {
      await cli.run('lab submit --count 6 --duration 500ms..1500ms');
      const { child, ended } = cli.start('node drain node-2 --yes');
      await Promise.race([delay(moment), ended]);
      child.kill('SIGKILL');
      await ended;

      const again = await cli.run('node drain node-2 --yes');

      assert.equal(again.code, 0, `killed after ${moment} ms: ${again.stderr}`);
      assert.deepEqual({ states: await nodeStates(cli), operation: await lastOperation(cli) }, goal);
      const undrained = await cli.run('node undrain node-2');
      assert.equal(undrained.code, 0, undrained.stderr);
      assert.deepEqual(await nodeStates(cli), start);
    }
  });
});
