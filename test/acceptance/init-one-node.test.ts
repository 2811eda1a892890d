import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { lab, nodesOf } from '../support/bare-lab.js';
import { builtCli } from '../support/built-cli.js';

const skip = process.platform === 'win32' && 'machines run commands by sh';

describe('init of one single node', { skip }, () => {
  test('is done, and says that one is not highly available; for doctor that stays a failure', async () => {
    await using cli = await builtCli();
    assert.equal((await cli.run('lab up --machines 1 --nodes 0 --balancer none')).code, 0);

    const made = await cli.run(`init --answers ${lab(cli, 'answers.yaml')} --yes`);
    const doctor = await cli.run('doctor nodes/enough');

    assert.equal(made.code, 0, made.stderr);
    assert.match(made.stdout, /! nodes\/enough: one node only: not highly available until there is a second one/);
    assert.deepEqual([await nodesOf(cli), doctor.code], [['node-1 running 5'], 4]);
    assert.match(doctor.stdout, /nodes\/enough.*node-1 is the only node online/s);
  });
});
