import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { callsOn, lab, moments, nodesOf, once } from '../support/bare-lab.js';
import { builtCli } from '../support/built-cli.js';

const skip = process.platform === 'win32' && 'machines run commands by sh';

describe('init on bare machines of a lab', { skip }, () => {
  test(`makes a cluster of them, killed for real after ${moments.join(', ')} ms and run again`, async () => {
    await using cli = await builtCli();
    const up = await cli.run('lab up --machines 4 --nodes 0 --balancer none');
    assert.equal(up.code, 0, up.stderr);
    const line = `init --answers ${lab(cli, 'answers.yaml')} --yes`;

    for (const moment of moments) {
      const { child, ended } = cli.start(line);
      await Promise.race([delay(moment), ended]);
      child.kill('SIGKILL');
      await ended;
    }
    const last = await cli.run(line);

    assert.equal(last.code, 0, last.stderr);
    const machines = ['node-1', 'node-2', 'node-3', 'node-4'];
    assert.deepEqual(
      await nodesOf(cli),
      machines.map((name) => `${name} running 5`),
    );
    for (const machine of machines) assert.deepEqual(await callsOn(cli, machine), once, machine);
    const { stdout } = await cli.run('operation list --json');
    const { operations } = JSON.parse(stdout) as { operations: { kind: string; state: string; nodes: string[] }[] };
    assert.deepEqual(operations.map(({ kind, state, nodes }) => `${kind} ${nodes} ${state}`).toSorted(), [
      ...machines.map((name) => `add ${name} done`),
    ]);
    assert.doesNotMatch((await cli.run(line)).stdout, /\d done/);
  });
});
