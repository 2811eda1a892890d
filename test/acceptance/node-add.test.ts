import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { callsOn, lab, moments, nodesOf, once } from '../support/bare-lab.js';
import { builtCli } from '../support/built-cli.js';

const skip = process.platform === 'win32' && 'machines run commands by sh';

describe('node add on a bare machine of a lab', { skip }, () => {
  test(`node add makes one more, killed for real after ${moments.join(', ')} ms and run again`, async () => {
    await using cli = await builtCli();
    const up = await cli.run('lab up --machines 2 --nodes 1 --balancer none');
    assert.equal(up.code, 0, up.stderr);
    const [, url = ''] = /host: node-2\n +url: (\S+)/.exec(await readFile(lab(cli, 'answers.yaml'), 'utf8')) ?? [];
    const service = '--manager systemd --service octopus-server';
    const line = `node add node-2 --url ${url} ${service} --master-key file:${lab(cli, 'master-key')} --cap 7 --yes`;

    for (const moment of moments) {
      const { child, ended } = cli.start(line);
      await Promise.race([delay(moment), ended]);
      child.kill('SIGKILL');
      await ended;
    }
    const last = await cli.run(line);

    assert.equal(last.code, 0, last.stderr);
    assert.deepEqual(await nodesOf(cli), ['node-1 running 5', 'node-2 running 7']);
    assert.deepEqual(await callsOn(cli, 'node-2'), once);
    const { stdout } = await cli.run('operation list --json');
    const { operations } = JSON.parse(stdout) as { operations: { kind: string; state: string; nodes: string[] }[] };
    assert.deepEqual(
      operations.map(({ kind, state, nodes }) => `${kind} ${nodes} ${state}`),
      ['add node-2 done'],
    );
  });
});
