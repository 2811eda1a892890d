import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { builtCli } from '../support/built-cli.js';

describe('a cluster whose changes go through the REST API', () => {
  test('is driven by it, and the audit says so', { timeout: 180_000 }, async () => {
    await using cli = await builtCli();
    const up = await cli.run('lab up --nodes 3 --balancer own --json');
    assert.equal(up.code, 0, up.stderr);
    const config = cli.env['OCTO_HA_CONFIG'] ?? '';
    await writeFile(config, (await readFile(config, 'utf8')).replace(/^( +)api:$/m, '$1api:\n$1  prefer: true'));

    const outcomes = [];
    for (const line of [
      'node drain node-2 --yes',
      'node undrain node-2',
      'node cap node-1 7',
      'node restart node-3 --yes --request-grace 2s',
      'node decommission node-3 --confirm node-3 --request-grace 2s',
    ]) {
      outcomes.push(await cli.run(line));
    }
    const { entries } = JSON.parse((await cli.run('audit --json')).stdout);
    const { nodes } = JSON.parse((await cli.run('status --json')).stdout);

    for (const { code, stderr } of outcomes) assert.equal(code, 0, stderr);
    const rows = ['drain', 'undrain', 'cap', 'delete-node'];
    const changed = entries.filter(({ action }: Record<string, string>) => rows.includes(action ?? ''));
    assert.deepEqual(
      changed.map(({ node, action, channel }: Record<string, string>) => `${action} ${node} by ${channel}`),
      [
        'drain node-2 by api',
        'undrain node-2 by api',
        'cap node-1 by api',
        'drain node-3 by api',
        'undrain node-3 by api',
        'drain node-3 by api',
        'delete-node node-3 by api',
      ],
    );
    assert.ok(!entries.some(({ who }: Record<string, string>) => who === 'outside octo-ha'));
    assert.deepEqual(
      nodes.map(({ name, state, taskCap }: Record<string, unknown>) => [name, state, taskCap]),
      [
        ['node-1', 'running', 7],
        ['node-2', 'running', 5],
      ],
    );
  });
});
